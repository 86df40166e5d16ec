#include "app/decoder.hpp"

#include "decode/keeper.hpp"
#include "env/posix.hpp"

namespace bongsu::app {

Result<int> run_decoder(const DecoderOptions& options) { return decode::run_decoder(env::process_env().clock, options.fd); }

}  // namespace bongsu::app
