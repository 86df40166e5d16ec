// The peer of `./bench relay` that Debian has: gst-rtsp-server as a relay, one shared pipeline a camera.
//
//   relay_gst PORT CAMERAS CAMERA_URL_PREFIX     serves rtsp://127.0.0.1:PORT/cam/N from CAMERA_URL_PREFIX followed by N
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <stdlib.h>

int main(int argc, char** argv) {
    gst_init(&argc, &argv);
    if (argc != 4) return 1;
    GMainLoop* loop = g_main_loop_new(NULL, FALSE);
    GstRTSPServer* server = gst_rtsp_server_new();
    gst_rtsp_server_set_address(server, "127.0.0.1");
    gst_rtsp_server_set_service(server, argv[1]);
    gst_rtsp_server_set_backlog(server, 1024);
    GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(server);
    for (int i = 0; i < atoi(argv[2]); ++i) {
        gchar* launch = g_strdup_printf("( rtspsrc location=%s%d protocols=tcp latency=0 ! rtph264depay ! rtph264pay name=pay0 pt=96 )", argv[3], i);
        gchar* path = g_strdup_printf("/cam/%d", i);
        GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
        gst_rtsp_media_factory_set_launch(factory, launch);
        gst_rtsp_media_factory_set_shared(factory, TRUE);
        gst_rtsp_mount_points_add_factory(mounts, path, factory);
        g_free(path);
        g_free(launch);
    }
    g_object_unref(mounts);
    if (gst_rtsp_server_attach(server, NULL) == 0) return 1;
    g_main_loop_run(loop);
    return 0;
}
