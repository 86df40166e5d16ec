#include "imports/crs.hpp"

#include <proj.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace bongsu::imports {

namespace {

/// From the projected plane back to degrees; the steps in between belong to the datum.
std::string pipeline(int epsg) {
    const std::string begin = "+proj=pipeline +step +inv +proj=tmerc +lat_0=38 ";
    const std::string end = " +step +proj=unitconvert +xy_in=rad +xy_out=deg";
    if (epsg == 5179) return begin + "+lon_0=127.5 +k=0.9996 +x_0=1000000 +y_0=2000000 +ellps=GRS80" + end;
    if (epsg == 5181) return begin + "+lon_0=127 +k=1 +x_0=200000 +y_0=500000 +ellps=GRS80" + end;
    if (epsg == 5186) return begin + "+lon_0=127 +k=1 +x_0=200000 +y_0=600000 +ellps=GRS80" + end;
    return begin +
           "+lon_0=127.0028902777778 +k=1 +x_0=200000 +y_0=500000 +ellps=bessel"
           " +step +proj=push +v_3 +step +proj=cart +ellps=bessel"
           " +step +proj=molobadekas +x=-145.907 +y=505.034 +z=685.756 +rx=-1.162 +ry=2.347 +rz=1.592 "
           "+s=6.342"
           " +px=-3159521.31 +py=4068151.32 +pz=3748113.85 +convention=coordinate_frame"
           " +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3" +
           end;
}

class Identity final : public Transform {
  public:
    Degrees apply(Pair point) const override { return {point.x, point.y}; }
};

class Projected final : public Transform {
  public:
    Projected(PJ_CONTEXT* context, PJ* steps) : context_(context), steps_(steps) {}
    ~Projected() override {
        proj_destroy(steps_);
        proj_context_destroy(context_);
    }
    Projected(const Projected&) = delete;
    Projected& operator=(const Projected&) = delete;

    Degrees apply(Pair point) const override {
        constexpr double kNowhere = std::numeric_limits<double>::infinity();
        if (!std::isfinite(point.x) || !std::isfinite(point.y)) return {kNowhere, kNowhere};
        const auto to = proj_trans(steps_, PJ_FWD, proj_coord(point.x, point.y, 0, 0));
        return {to.xy.x, to.xy.y};
    }

  private:
    PJ_CONTEXT* context_;
    PJ* steps_;
};

}  // namespace

Result<std::unique_ptr<Transform>> Transform::from(int epsg) {
    if (std::find(kSystems.begin(), kSystems.end(), epsg) == kSystems.end())
        return fail_field("crs", "must be 4326, 5179, 5181, 5186 or 5174");
    if (epsg == 4326) return std::unique_ptr<Transform>(std::make_unique<Identity>());
    PJ_CONTEXT* context = proj_context_create();
    proj_context_set_enable_network(context, 0);
    proj_log_level(context, PJ_LOG_NONE);
    PJ* steps = proj_create(context, pipeline(epsg).c_str());
    if (steps == nullptr) {
        proj_context_destroy(context);
        return fail(ErrorKind::unavailable, "PROJ cannot transform EPSG:" + std::to_string(epsg));
    }
    return std::unique_ptr<Transform>(std::make_unique<Projected>(context, steps));
}

}  // namespace bongsu::imports
