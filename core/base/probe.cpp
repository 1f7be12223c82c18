#include <core/base/probe.hpp>

namespace tartan::probes {
namespace {

// Constant-initialised: probes register before main(), in any order.
constinit Probe* head = nullptr;
constinit bool counting = false;

}  // namespace

Probe::Probe(const char* what) : sentence(what), next(head) { head = this; }

void enable() { counting = true; }
bool enabled() { return counting; }
Probe* first() { return head; }

}  // namespace tartan::probes
