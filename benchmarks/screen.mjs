// What stands in for an operator's page: the live stream, a ticket for each granted camera, WHEP, the first decoded frame.
// It runs inside the browser and does what the desk does, without a person who would have to open each incident.

/** In the page. Calls `window.told(what, incident, sinceGrant)` at each step of the spot tile. */
export function watchIncidents({ token, purpose }) {
  const kSubHeight = 360;
  const kRetryMs = 300;  // The desk's first pause before it tries a tile again.
  const kTriesMax = 8;
  const boards = new Map();  // Grant -> what has to be closed with it.

  /** A district may still be asked for its camera when the page asks for the picture: then again, as the desk does. */
  async function openTile(board, camera, height, step, tries = 1) {
    const asked = await fetch('/api/v1/tickets', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({ grant: board.grant, camera, kind: 'live', ...(height ? { height } : {}) }),
    });
    if (asked.status !== 201) throw new Error(`ticket for ${camera}: ${asked.status} ${await asked.text()}`);
    const { ticket, whep } = await asked.json();
    step('ticket');
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    board.peers.push(peer);
    const video = document.createElement('video');
    Object.assign(video, { muted: true, autoplay: true, playsInline: true, width: height ? 320 : 960 });
    document.body.append(video);
    board.videos.push(video);
    video.requestVideoFrameCallback(() => step('frame'));
    const { receiver } = peer.addTransceiver('video', { direction: 'recvonly' });
    receiver.jitterBufferTarget = 0;
    peer.ontrack = (event) => {
      video.srcObject = new MediaStream([event.track]);
      video.play().catch(() => undefined);
    };
    peer.onconnectionstatechange = () => { if (peer.connectionState === 'connected') step('connected'); };
    await peer.setLocalDescription(await peer.createOffer());
    const answer = await fetch(whep, {
      method: 'POST', headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${ticket}` },
      body: peer.localDescription.sdp,
    });
    if (answer.status !== 201) {
      if (tries === kTriesMax) throw new Error(`WHEP for ${camera}: ${answer.status} ${await answer.text()}`);
      peer.close();
      video.remove();
      await new Promise((done) => setTimeout(done, kRetryMs));
      step('again');
      return boards.has(board.grant) && openTile(board, camera, height, step, tries + 1);
    }
    await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
    step('answer');
  }

  function open(grant) {
    const begun = performance.now();
    const board = { grant: grant.id, peers: [], videos: [] };
    boards.set(grant.id, board);
    const [spot, ...others] = grant.cameras;
    if (!spot) return window.told('failed', grant.incident, 'the grant has no camera');
    window.told('grant', grant.incident, spot);
    const failed = (error) => { if (boards.has(grant.id)) window.told('failed', grant.incident, error.message); };
    openTile(board, spot, 0, (what) => window.told(what, grant.incident, performance.now() - begun)).catch(failed);
    for (const camera of others) openTile(board, camera, kSubHeight, () => undefined).catch(failed);
  }

  function close(id) {
    const board = boards.get(id);
    boards.delete(id);
    for (const peer of board?.peers ?? []) peer.close();
    for (const video of board?.videos ?? []) { video.srcObject = null; video.remove(); }
  }

  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${location.host}/api/v1/stream`);
    socket.onopen = () => socket.send(JSON.stringify({ token }));
    socket.onclose = () => { reject(new Error('the live stream closed')); window.told('failed', '', 'the live stream closed'); };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.ready) return resolve();
      if (message.kind !== 'grant' || message.item.purpose !== purpose) return;
      if (message.item.state !== 'live') close(message.id);
      else if (!boards.has(message.id)) open(message.item);
    };
  });
}
