#pragma once

// What a function's mangled tag tells: its name for people, and whether it exists only in the
// binary at hand.

#include <string>
#include <string_view>
#include <typeinfo>

namespace tartan::value {

/// "norm" for the tag of &geo::norm; "lambda" for a lambda. Falls back to the symbol.
std::string short_name(std::string_view symbol);
/// "geo::norm", "main::{lambda(int)#1}", ...
std::string full_name(std::string_view symbol);

/// A lambda, a static function or one in an anonymous namespace.
bool is_local(const std::type_info& tag);
/// The same from the name alone, which gcc leaves incomplete for extern "C" functions.
bool is_local_symbol(std::string_view symbol);

}  // namespace tartan::value
