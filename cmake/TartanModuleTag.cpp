// Part of every task module: says what it was built for. See tartan/value/module_tag.hpp.

#include <tartan/value/module_tag.hpp>

extern "C" {
extern const char tartan_module_tag[];
[[gnu::used]] const char tartan_module_tag[] = TARTAN_MODULE_TAG;
}
