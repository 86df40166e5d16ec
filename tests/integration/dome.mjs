// A dome for a city: tests/onvif_camera.py, which shares no code with us, in front of the film of one of the synthetic cameras.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'onvif_camera.py');

export class Dome {
  /** Of the centre's own cameras the fourth. */
  static camera = '11000-0004';

  /** Starts it and writes it into the centre's cameras.toml, which media reads at its start. */
  static async start(city) {
    const dome = new Dome();
    dome.process = spawn('python3', [script, '--rtsp', String(city.port + 400), '--main', 'cam/03/main', '--sub', 'cam/03/sub'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: dome.process.stdout });
    dome.port = JSON.parse(await new Promise((resolve) => { lines.once('line', resolve); })).http;
    const folder = path.join(city.data, '11000');
    fs.writeFileSync(path.join(folder, 'camera.password'), 'p&ss<wörd>\n', { mode: 0o600 });
    fs.writeFileSync(path.join(folder, 'cameras.toml'),
      `[camera.${Dome.camera}]\nonvif = "http://127.0.0.1:${dome.port}/onvif/device_service"\nuser = "admin"\npassword_file = "camera.password"\n`);
    return dome;
  }

  async state() { return (await fetch(`http://127.0.0.1:${this.port}/`)).json(); }
  /** Pan, tilt, zoom. */
  async at() { return (await this.state()).dome.at; }
  async isMoving() { return (await this.state()).dome.moving; }
  async asked(operation) { return (await this.state()).asked.filter((each) => each === operation).length; }
  stop() { this.process.stdin.end(); }
}
