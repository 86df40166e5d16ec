#include "app/static_files.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/crypto.hpp"

namespace bongsu::app {

namespace {

namespace fs = std::filesystem;

std::string type_of(const std::string& path) {
    static const std::map<std::string, std::string> kTypes{{".html", "text/html; charset=utf-8"},
                                                           {".js", "text/javascript"},
                                                           {".mjs", "text/javascript"},
                                                           {".css", "text/css"},
                                                           {".json", "application/json"},
                                                           {".svg", "image/svg+xml"},
                                                           {".png", "image/png"},
                                                           {".woff2", "font/woff2"},
                                                           {".ico", "image/x-icon"},
                                                           {".map", "application/json"},
                                                           {".txt", "text/plain; charset=utf-8"}};
    const auto found = kTypes.find(fs::path(path).extension().string());
    return found == kTypes.end() ? "application/octet-stream" : found->second;
}

}  // namespace

Result<StaticFiles> StaticFiles::load(const std::string& folder,
                                      const std::vector<std::string>& connect_origins) {
    StaticFiles out;
    std::string connect = "'self'";
    for (const auto& origin : connect_origins) connect += " " + origin;
    // A phone's own player takes HLS from where the pictures are.
    out.policy_ =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: "
        "blob:; "
        "media-src " +
        connect + " blob:; worker-src 'self' blob:; connect-src " + connect + "; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    TRY_DO(check(folder));
    if (folder.empty()) {
        out.add("/index.html", "text/html; charset=utf-8",
                "<!doctype html><meta charset=utf-8><title>Bongsu</title><p>This site runs without a desk.</p>");
        return out;
    }
    std::error_code code;
    std::size_t bytes = 0;
    for (auto it = fs::recursive_directory_iterator(folder, code);
         !code && it != fs::recursive_directory_iterator(); it.increment(code)) {
        if (!it->is_regular_file(code)) continue;
        std::ifstream in(it->path(), std::ios::binary);
        std::string body{std::istreambuf_iterator<char>(in), {}};
        bytes += body.size();
        if (!in || out.files_.size() >= 500 || bytes > (64U << 20)) {
            return fail(ErrorKind::invalid,
                        "the desk's folder " + folder + " cannot be read or is too large");
        }
        const auto path = "/" + fs::relative(it->path(), folder, code).generic_string();
        out.add(path, type_of(path), std::move(body));
    }
    if (code) return fail(ErrorKind::unavailable, "the desk's folder " + folder + " cannot be read");
    return out;
}

Result<void> StaticFiles::check(const std::string& folder) {
    std::error_code code;
    if (folder.empty() || fs::is_regular_file(folder + "/index.html", code)) return {};
    const bool exists = fs::is_directory(folder, code);
    return fail(ErrorKind::invalid, "--console " + folder +
                                        (exists ? ": there is no index.html in this folder"
                                                : ": there is no such folder") +
                                        "; ./run --build-only builds the desk into console/dist");
}

void StaticFiles::add(const std::string& path, std::string content_type, std::string body) {
    auto etag = "\"" + crypto::to_hex(crypto::sha256(body)).substr(0, 20) + "\"";
    files_[path] = {std::move(content_type), std::move(body), std::move(etag)};
}

http::Response StaticFiles::get(const http::Request& request) const {
    auto path = request.path == "/" ? std::string("/index.html") : request.path;
    auto found = files_.find(path);
    const bool is_page = path.find('.') == std::string::npos && !path.starts_with("/assets/") &&
                         !path.starts_with("/map/") && !path.starts_with("/api/");
    if (found == files_.end() && is_page) found = files_.find("/index.html");
    if (found == files_.end())
        return http::problem(Error{ErrorKind::not_found, "there is no " + request.path, Where::here()});
    http::Response response;
    const auto& file = found->second;
    response.content_type = file.content_type;
    response.headers["ETag"] = file.etag;
    // Names under /assets carry a hash of their content; everything else is asked for again.
    response.headers["Cache-Control"] =
        found->first.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    response.headers["Content-Security-Policy"] = policy_;
    response.headers["Referrer-Policy"] = "no-referrer";
    response.headers["X-Frame-Options"] = "DENY";
    if (request.header("if-none-match") == file.etag) {
        response.status = 304;
        return response;
    }
    response.body = file.body;
    return response;
}

}  // namespace bongsu::app
