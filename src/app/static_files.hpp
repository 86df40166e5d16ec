#pragma once
// The desk's files, read once and served from memory with their policy headers.

#include <map>
#include <string>
#include <vector>

#include "env/env.hpp"
#include "http/message.hpp"

namespace bongsu::app {

/// Threads: immutable after load(). Bounds: 500 files, 64 MiB.
class StaticFiles {
  public:
    /// Every file below `folder` under its path ("/assets/x.js"); "/" is index.html. An empty `folder` is a site
    /// without a desk: one page that says so. Errors: invalid for a folder that check() refuses or that is too large.
    static Result<StaticFiles> load(const std::string& folder,
                                    const std::vector<std::string>& connect_origins);
    /// Adds one generated file, e.g. the base map.
    void add(const std::string& path, std::string content_type, std::string body);
    /// Whether `folder` holds a built desk, or is empty. Errors: invalid, a sentence for a person at a terminal.
    static Result<void> check(const std::string& folder);
    bool has(const std::string& path) const { return files_.contains(path); }
    /// Answers GETs; a path without a file and without a dot gets index.html (the page routes itself), else
    /// 404. What is below /assets, /map and /api is a file or nothing.
    http::Response get(const http::Request& request) const;

  private:
    struct File {
        std::string content_type, body, etag;
    };
    std::map<std::string, File> files_;
    std::string policy_;
};

}  // namespace bongsu::app
