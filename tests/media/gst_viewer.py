#!/usr/bin/env python3
"""A viewer that nobody here wrote: GStreamer's rtspsrc over rtsps, which believes one authority and no other.

gst_viewer.py URL CA_FILE PIPELINE      exits 0 when ten pictures were decoded; says why not, and exits 1
"""
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gio, GLib, Gst  # noqa: E402

url, ca_file, pipeline = sys.argv[1:]
Gst.init(None)
viewer = Gst.parse_launch(f"rtspsrc name=source protocols=tcp latency=0 ! {pipeline} ! fakesink num-buffers=10")
source = viewer.get_by_name("source")
source.set_property("location", url)
source.set_property("tls-database", Gio.TlsFileDatabase.new(ca_file))
loop = GLib.MainLoop()
why = ["nothing within 20 s"]


def heard(_bus, message):
    if message.type == Gst.MessageType.EOS:
        why.clear()
        loop.quit()
    elif message.type == Gst.MessageType.ERROR:
        why[0] = "; ".join(str(part) for part in message.parse_error())
        loop.quit()


bus = viewer.get_bus()
bus.add_signal_watch()
bus.connect("message", heard)
GLib.timeout_add_seconds(20, loop.quit)
viewer.set_state(Gst.State.PLAYING)
loop.run()
viewer.set_state(Gst.State.NULL)
if why:
    print(why[0])
sys.exit(1 if why else 0)
