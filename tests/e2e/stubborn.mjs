// A viewer that is not our desk: takes a ticket, opens a session and never lets go of it by itself.

/** Opens a session on `page` under `ticket`; `seen()` tells what came and when the last of it came. */
export async function startViewer(page, { whep, ticket }) {
  await page.evaluate(
    async ([url, bearer]) => {
      const peer = new RTCPeerConnection();
      peer.addTransceiver("video", { direction: "recvonly" });
      await peer.setLocalDescription(await peer.createOffer());
      const answer = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${bearer}` },
        body: peer.localDescription.sdp,
      });
      if (answer.status !== 201) throw new Error(`WHEP answered ${answer.status}`);
      await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
      const seen = (window.viewerOfTest = { bytes: 0, frames: 0, lastByteAt: 0 });
      setInterval(async () => {
        (await peer.getStats()).forEach((entry) => {
          if (entry.type !== "inbound-rtp") return;
          if (entry.bytesReceived > seen.bytes) {
            seen.bytes = entry.bytesReceived;
            seen.lastByteAt = Math.round(entry.lastPacketReceivedTimestamp ?? Date.now());
          }
          seen.frames = entry.framesDecoded ?? 0;
        });
      }, 50);
    },
    [whep, ticket],
  );
  return { seen: () => page.evaluate(() => ({ ...window.viewerOfTest })) };
}
