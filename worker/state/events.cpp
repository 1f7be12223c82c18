#include <fmt/format.h>
#include <fmt/ranges.h>
#include <worker/state/events.hpp>

namespace tartan::worker {

namespace {

/// The first and last bytes tell keys apart well enough for people.
std::string brief(Key key) {
  std::string text = key.to_string();
  return text.substr(0, 6) + ".." + text.substr(text.size() - 4);
}

std::string brief(const std::vector<Key>& keys) {
  std::string text = fmt::format("{} keys", keys.size());
  for (std::size_t i = 0; i < keys.size() && i < 4; ++i) text += " " + brief(keys[i]);
  return text;
}

std::string worker(WorkerId id) { return id == kNoWorker ? "nobody" : fmt::format("w{}", id); }

struct Print {
  std::string operator()(const event::Registered& e) const {
    return fmt::format("registered as {}{}", worker(e.self), e.forget_tasks ? ", afresh" : "");
  }
  std::string operator()(const event::Compute& e) const {
    std::string text = fmt::format("compute {} tasks", e.tasks.size());
    for (std::size_t i = 0; i < e.tasks.size() && i < 4; ++i) {
      text += fmt::format(" {:x}={}", e.tasks[i].attempt, brief(e.tasks[i].key));
    }
    return text;
  }
  std::string operator()(const event::Retract& e) const {
    return fmt::format("retract {:x}", fmt::join(e.attempts, " "));
  }
  std::string operator()(const event::Cancel& e) const {
    return fmt::format("cancel {:x}", fmt::join(e.attempts, " "));
  }
  std::string operator()(const event::Free& e) const { return "free " + brief(e.keys); }
  std::string operator()(const event::Acquire& e) const { return "acquire " + brief(e.keys); }
  std::string operator()(const event::NewHolders& e) const { return "holders " + brief(e.keys); }
  std::string operator()(const event::Report&) const { return "report state"; }
  std::string operator()(const event::Finished& e) const {
    return fmt::format("finished {:x} with {} bytes in {} ns", e.attempt, e.nbytes,
                       e.duration.count());
  }
  std::string operator()(const event::Failed& e) const {
    return fmt::format("failed {:x}: {}: {}", e.attempt, e.failure.type, e.failure.message);
  }
  std::string operator()(const event::Seceded& e) const {
    return fmt::format("seceded {:x}", e.attempt);
  }
  std::string operator()(const event::Rejoined& e) const {
    return fmt::format("rejoined {:x}", e.attempt);
  }
  std::string operator()(const event::Fetched& e) const {
    return fmt::format("fetched #{}: {}, missing {}", e.request, brief(e.keys), brief(e.missing));
  }
  std::string operator()(const event::PeerGone& e) const { return "gone " + worker(e.peer); }
  std::string operator()(const event::Put& e) const { return "put " + brief(e.keys); }
  std::string operator()(const event::Pause& e) const {
    return e.one_by_one ? "pause, one by one" : "pause";
  }
  std::string operator()(const event::Resume&) const { return "resume"; }
  std::string operator()(const event::Lost& e) const { return "lost " + brief(e.keys); }
  std::string operator()(const event::Unstarted& e) const {
    return fmt::format("unstarted {:x}", e.attempt);
  }
  std::string operator()(const event::ModuleSettled& e) const {
    return "module settled " + brief(e.module);
  }
  std::string operator()(const event::Tick&) const { return "tick"; }

  std::string operator()(const action::Start& a) const {
    return fmt::format("start {:x}", a.attempt);
  }
  std::string operator()(const action::Forget& a) const {
    return fmt::format("forget {:x}", a.attempt);
  }
  std::string operator()(const action::Abandon& a) const {
    return fmt::format("abandon {:x}", a.attempt);
  }
  std::string operator()(const action::Keep& a) const { return "keep " + brief(a.key); }
  std::string operator()(const action::Drop& a) const { return "drop " + brief(a.key); }
  std::string operator()(const action::Fetch& a) const {
    return fmt::format("fetch #{} from {}: {}", a.request, worker(a.peer), brief(a.keys));
  }
  std::string operator()(const action::ReportFinished& a) const {
    return fmt::format("report finished {:x} {} {} bytes", a.attempt, brief(a.key), a.nbytes);
  }
  std::string operator()(const action::ReportFailed& a) const {
    return fmt::format("report failed {:x}: {}: {}", a.attempt, a.failure.type, a.failure.message);
  }
  std::string operator()(const action::ReportRetracted& a) const {
    return fmt::format("report retracted {:x} {}", a.attempt, a.accepted ? "yes" : "no");
  }
  std::string operator()(const action::ReportWaiting& a) const {
    return fmt::format("report {} {:x}", a.seceded ? "seceded" : "rejoined", a.attempt);
  }
  std::string operator()(const action::ReportAdded& a) const {
    return fmt::format("report added {} {} bytes", brief(a.key), a.nbytes);
  }
  std::string operator()(const action::ReportMissing& a) const {
    return fmt::format("report missing {} at {}", brief(a.key), worker(a.holder));
  }
  std::string operator()(const action::ReportDropped& a) const {
    return "report dropped " + brief(a.key);
  }
  std::string operator()(const action::ReportState& a) const {
    return fmt::format("report state: {} attempts, {}", a.attempts.size(), brief(a.held));
  }
};

}  // namespace

std::string to_string(const Event& event) {
  return fmt::format("#{} {}", event.stimulus, std::visit(Print{}, event.what));
}

std::string to_string(const action::Any& action) { return std::visit(Print{}, action); }

}  // namespace tartan::worker
