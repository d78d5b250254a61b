import subprocess
import sys


def test_sandbox_imports_neither_the_sdk_nor_the_platform():
    code = (
        "import sys, marketplace.sandbox.__main__, marketplace.sandbox.inprocess\n"
        "names = {name.partition('.')[0] for name in sys.modules}\n"
        "own = [name for name in sys.modules if name.startswith('marketplace.')]\n"
        "assert not names & {'stripe', 'django', 'celery', 'sellers', 'creators',"
        " 'orders', 'payouts'}, names\n"
        "assert all(name.startswith('marketplace.sandbox') for name in own), own\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
