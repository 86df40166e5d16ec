#pragma once
// To be included before anything of Boost.Beast: its assertions come to beast_assertions.cpp.
//
// Beast 1.81 asserts that five bytes are there when it looks for the end of a body once more. Where the last chunk is the
// only one, "0\r\n" and one byte more are four: a client who sends them in two pieces, which RFC 9112 7.1 lets it do,
// would end the process. What follows the assertion holds for four bytes too, and later Beasts assert three
// (github.com/boostorg/beast/pull/2861).

#define BOOST_ENABLE_ASSERT_HANDLER
#include <boost/assert.hpp>
