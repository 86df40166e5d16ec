/** The server keeps a picture of a finding up to this size. */
const kBytesMax = 176 << 10;
const kTries: readonly { width: number; quality: number }[] = [
  { width: 1280, quality: 0.8 },
  { width: 1280, quality: 0.6 },
  { width: 960, quality: 0.6 },
  { width: 640, quality: 0.5 },
];

/** The frame that stands in the camera's tile now; null where there is none. */
export function frameOf(camera: string): HTMLCanvasElement | null {
  const video = document.querySelector<HTMLVideoElement>(`figure[data-camera="${CSS.escape(camera)}"] video`);
  if (!video || video.videoWidth === 0 || video.videoHeight === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return canvas;
}

/** As base64 of a JPEG that the server takes; null where the browser makes none that is small enough. */
export async function jpegOf(frame: HTMLCanvasElement): Promise<string | null> {
  for (const { width, quality } of kTries) {
    const blob = await encode(scaled(frame, width), quality);
    if (blob && blob.size <= kBytesMax) return base64(new Uint8Array(await blob.arrayBuffer()));
  }
  return null;
}

function scaled(frame: HTMLCanvasElement, width: number): HTMLCanvasElement {
  if (frame.width <= width) return frame;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = Math.round((frame.height * width) / frame.width);
  canvas.getContext("2d")?.drawImage(frame, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const encode = (canvas: HTMLCanvasElement, quality: number): Promise<Blob | null> => new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
