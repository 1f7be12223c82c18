#include <tartan/value/function.hpp>

namespace {
int step(int value) { return value - 1; }
}  // namespace

template struct tartan::ExportTasks<&step>;
