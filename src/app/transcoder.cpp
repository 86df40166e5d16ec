#include "app/transcoder.hpp"

#include "transcode/keeper.hpp"

namespace bongsu::app {

Result<int> run_transcoder(const TranscoderOptions& options) { return transcode::run_transcoder(options.fd, {.transcodes = options.transcodes}); }

}  // namespace bongsu::app
