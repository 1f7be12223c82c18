// With duplicate_b.cpp: two different functions under one symbol in one binary.

#include <tartan/value/function.hpp>

namespace {
int step(int value) { return value + 1; }
}  // namespace

template struct tartan::ExportTasks<&step>;

int main() { return 0; }
