"""A clip that a browser plays, without a file of one in the project."""

import base64

# Two seconds of a moving square, recorded by the browser itself.
RECORD = """async () => {
  const canvas = document.createElement("canvas");
  canvas.width = 180;
  canvas.height = 320;
  const brush = canvas.getContext("2d");
  let step = 0;
  const timer = setInterval(() => {
    brush.fillStyle = "#d8cfc0";
    brush.fillRect(0, 0, 180, 320);
    brush.fillStyle = "#b5341c";
    brush.fillRect(20 + (step += 4) % 100, 120, 60, 60);
  }, 40);
  const recorder = new MediaRecorder(canvas.captureStream(25), {mimeType: "video/webm;codecs=vp8"});
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const done = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  recorder.stop();
  clearInterval(timer);
  await done;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


def recorded(browser) -> bytes:
    """Record a clip in a page of its own."""
    context = browser.new_context()
    try:
        return base64.b64decode(context.new_page().evaluate(RECORD))
    finally:
        context.close()
