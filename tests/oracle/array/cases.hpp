#pragma once

// Random cases by kind of operation. Each makes its inputs, and the term to compare.

#include "recorder.hpp"

namespace tartan::oracle {

struct CaseKind {
  const char* name;
  Term (*make)(Recorder& recorder, Random& random);
};

const std::vector<CaseKind>& case_kinds();

}  // namespace tartan::oracle
