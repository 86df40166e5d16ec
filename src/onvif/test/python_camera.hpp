#pragma once
// tests/onvif_camera.py, a camera that shares no code with ours.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace bongsu::onvif {

/// A process of its own; ends with this object.
class PythonCamera {
  public:
    explicit PythonCamera(std::vector<std::string> arguments) {
        int in[2], out[2];
        if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) return;
        arguments.insert(arguments.begin(), {"python3", BONGSU_SOURCE_DIR "/tests/onvif_camera.py"});
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(in[0], 0);
            ::dup2(out[1], 1);
            std::vector<char*> words;
            for (auto& each : arguments) words.push_back(each.data());
            words.push_back(nullptr);
            ::execvp("python3", words.data());
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        input_ = in[1];
        std::string line;
        char c = 0;
        while (::read(out[0], &c, 1) == 1 && c != '\n') line += c;
        ::close(out[0]);
        boost::system::error_code code;
        const auto said = boost::json::parse(line, code);
        if (code) return;
        http = static_cast<std::uint16_t>(said.at("http").as_int64());
        udp = static_cast<std::uint16_t>(said.at("udp").as_int64());
        sha256 = said.at("sha256").as_string().c_str();
    }
    ~PythonCamera() {
        ::close(input_);
        if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    }
    PythonCamera(const PythonCamera&) = delete;
    PythonCamera& operator=(const PythonCamera&) = delete;

    std::uint16_t http = 0, udp = 0;
    std::string sha256;

  private:
    pid_t pid_ = -1;
    int input_ = -1;
};

}  // namespace bongsu::onvif
