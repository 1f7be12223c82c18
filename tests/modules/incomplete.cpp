// A module that calls a function no loaded binary defines.

#include <tartan/value/function.hpp>

int missing_everywhere(int value);

int calls_missing(int value) { return missing_everywhere(value); }

template struct tartan::ExportTasks<&calls_missing>;
