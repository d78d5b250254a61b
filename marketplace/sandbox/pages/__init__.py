"""The pages a person sees: payment, bank check, onboarding, dashboard."""
