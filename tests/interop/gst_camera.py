#!/usr/bin/python3
"""A camera by gst-rtsp-server: plays a film, from its start for each client, and prints "ready PORT".

    gst_camera.py FILM [--codec h264|h265] [--protocols tcp|udp|both] [--port N] [--certificate PEM] [--user NAME --password WORD]

Ends when its standard input does. FILM is Matroska. Nothing of ours is in here: it stands for a stranger's camera.
"""

import argparse
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402


def main():
    options = argparse.ArgumentParser()
    options.add_argument("film")
    options.add_argument("--codec", default="h264", choices=["h264", "h265"], help="of the film")
    options.add_argument("--protocols", default="both", choices=["tcp", "udp", "both"])
    options.add_argument("--port", default="0")
    options.add_argument("--certificate")
    options.add_argument("--user")
    options.add_argument("--password")
    given = options.parse_args()
    Gst.init(None)

    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(given.port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( filesrc location={given.film} ! matroskademux ! {given.codec}parse ! rtp{given.codec}pay name=pay0 pt=96 config-interval=-1 mtu=1200 )")
    lower = GstRtsp.RTSPLowerTrans
    factory.set_protocols({"tcp": lower.TCP, "udp": lower.UDP, "both": lower.TCP | lower.UDP}[given.protocols])
    if given.user or given.certificate:
        auth = GstRtspServer.RTSPAuth()
        if given.certificate:
            auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(given.certificate))
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        if given.user:
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(given.user, given.password, token)
        else:
            auth.set_default_token(token)
        server.set_auth(auth)
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("viewer", "media.factory.access", True)
        permissions.add_permission_for_role("viewer", "media.factory.construct", True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory("/live", factory)
    if server.attach(None) == 0:
        sys.exit("gst_camera: the port cannot be bound")

    loop = GLib.MainLoop()

    def end_with_stdin():
        sys.stdin.read()
        loop.quit()

    threading.Thread(target=end_with_stdin, daemon=True).start()
    print("ready", server.get_bound_port(), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
