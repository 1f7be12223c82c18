#include <tartan/value/function.hpp>

namespace consumer {
int twice(int x) { return 2 * x; }
}  // namespace consumer

template struct tartan::ExportTasks<&consumer::twice>;
