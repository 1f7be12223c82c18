// Runs text scenarios against the worker's state machine. A file is a list of lines:
//
//   # a comment, to the end of the line
//   config threads=2 gpu=1 batch=1000 incoming=2000     first line, optional; others: resources
//   at 2.5                        the time, in seconds, of the events below
//   state 1 executing             attempt 1 is in that state; `gone`: it is not known
//   holds a b                     these keys are in memory
//
// Events (`>`) in, actions (`<`) out. All actions of an event stand below it, in order, none
// missing and none left over.
//
//   > registered 3 [afresh]                       > finished 1 100      attempt, bytes
//   > compute 1 a prio=5 timeout=2 gpu=1 deps b c:7 d@2:100 i!   > failed 1 text
//   > retract 1 2     > cancel 1 2                > fetched 1 b:100 !c   request, values, missing
//   > free a b        > acquire a@2:100           > gone 2
//   > holders a@2 b@? > report                    > put a:100           > tick
//   > seceded 1       > rejoined 1                a running task waits for others
//   > pause [one]     > resume                    > lost a b            > unstarted 1
//
//   < start 1         < forget 1                  < finished 1 a 100
//   < abandon 1       < keep a                    < failed 1 text
//   < drop a          < fetch 1 2 b c             < retracted 1 yes
//   < added b 100     < missing b 2               < state 1 2 : a b     < dropped a
//   < seceded 1       < rejoined 1
//
// A key is any word. `d@2:100` is held by worker 2 and has 100 bytes; without `@` it is here or
// expected; `i!` comes inline. Several computes joined by `;` are one message. An attempt is a
// number, or `1.2` for task 1's second attempt. Priority defaults to the attempt's number.
// After every event the machine's own check of its invariants must pass.

#include <cstdio>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <worker/state/state.hpp>

namespace tartan::worker {
namespace {

using Words = std::vector<std::string>;

Words split(const std::string& text, char separator = ' ') {
  Words words;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, separator);) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

class Scenario {
 public:
  void line(const std::string& text) {
    Words words = split(text.substr(0, text.find('#')));
    if (words.empty()) return;
    std::string verb = words.front();
    words.erase(words.begin());
    if (verb == "<") return expect(fmt::format("{}", fmt::join(words, " ")));
    all_expected();
    if (verb == "config") return configure(words);
    if (verb == "at") {
      now_ = Time(std::chrono::duration_cast<Duration>(
          std::chrono::duration<double>(std::stod(words.at(0)))));
    } else if (verb == "state") {
      check_state(words);
    } else if (verb == "holds") {
      for (const std::string& word : words) {
        if (!machine().holds(key(word))) throw std::runtime_error(word + " is not in memory");
      }
    } else if (verb == ">") {
      feed(words);
    } else {
      throw std::runtime_error("unknown line: " + verb);
    }
  }

  void all_expected() {
    if (next_ < actions_.size()) {
      throw std::runtime_error("not expected: < " + print(actions_[next_]));
    }
  }

 private:
  struct Named {
    Key key;
    WorkerId holder = kNoWorker;
    std::uint64_t nbytes = 0;
    bool inlined = false;
  };

  Key key(const std::string& word) {
    Key made = hash_text(word);
    names_[made] = word;
    return made;
  }
  Named named(std::string word) {
    Named result;
    if (auto colon = word.find(':'); colon != std::string::npos) {
      result.nbytes = std::stoull(word.substr(colon + 1));
      word.resize(colon);
    }
    if (auto at = word.find('@'); at != std::string::npos) {
      if (word.substr(at + 1) != "?") {
        result.holder = static_cast<WorkerId>(std::stoul(word.substr(at + 1)));
      }
      word.resize(at);
    }
    if (word.back() == '!') {
      result.inlined = true;
      word.pop_back();
    }
    result.key = key(word);
    return result;
  }
  static AttemptId attempt(const std::string& word) {
    Words parts = split(word, '.');
    AttemptId id = std::stoull(parts.at(0));
    return parts.size() > 1 ? id | std::stoull(parts[1]) << 32 : id;
  }
  static std::string print(AttemptId attempt) {
    AttemptId count = attempt >> 32;
    std::string text = std::to_string(attempt & 0xFFFFFFFF);
    return count == 0 ? text : fmt::format("{}.{}", text, count);
  }
  static std::vector<AttemptId> attempts(const Words& words) {
    std::vector<AttemptId> all;
    for (const std::string& word : words) all.push_back(attempt(word));
    return all;
  }

  void configure(const Words& words) {
    for (const std::string& word : words) {
      Words pair = split(word, '=');
      double value = std::stod(pair.at(1));
      if (pair[0] == "threads") {
        config_.nthreads = static_cast<std::uint32_t>(value);
      } else if (pair[0] == "batch") {
        config_.batch_bytes = static_cast<std::uint64_t>(value);
      } else if (pair[0] == "incoming") {
        config_.incoming_bytes = static_cast<std::uint64_t>(value);
      } else {
        config_.resources[pair[0]] = value;
      }
    }
  }

  State& machine() {
    if (!state_) state_.emplace(config_);
    return *state_;
  }

  void check_state(const Words& words) {
    auto found = machine().find(attempt(words.at(0)));
    std::string is = found ? std::string(name(*found)) : "gone";
    if (is != words.at(1)) throw std::runtime_error(words[0] + " is " + is);
  }

  void feed(Words words) {
    std::string verb = words.at(0);
    words.erase(words.begin());
    actions_.clear();
    next_ = 0;
    machine().handle(Event{++stimulus_, event(verb, words)}, now_, actions_);
    std::string broken = machine().validate();
    if (!broken.empty()) throw std::runtime_error(broken);
  }

  event::Any event(const std::string& verb, const Words& words) {
    if (verb == "registered") {
      return event::Registered{static_cast<WorkerId>(std::stoul(words.at(0))), words.size() > 1};
    }
    if (verb == "compute") return compute(words);
    if (verb == "retract") return event::Retract{attempts(words)};
    if (verb == "cancel") return event::Cancel{attempts(words)};
    if (verb == "seceded") return event::Seceded{attempt(words.at(0))};
    if (verb == "rejoined") return event::Rejoined{attempt(words.at(0))};
    if (verb == "report") return event::Report{};
    if (verb == "tick") return event::Tick{};
    if (verb == "pause") return event::Pause{!words.empty()};
    if (verb == "resume") return event::Resume{};
    if (verb == "unstarted") return event::Unstarted{attempt(words.at(0))};
    if (verb == "gone") return event::PeerGone{static_cast<WorkerId>(std::stoul(words.at(0)))};
    if (verb == "finished") {
      Duration duration = std::chrono::seconds(1);
      return event::Finished{attempt(words.at(0)), std::stoull(words.at(1)), duration};
    }
    if (verb == "failed") {
      event::Failed failed;
      failed.attempt = attempt(words.at(0));
      failed.failure.message = words.at(1);
      failed.failure.code = Errc::task_failed;
      return failed;
    }
    return data_event(verb, words);
  }

  event::Any data_event(const std::string& verb, Words words) {
    event::Fetched fetched;
    if (verb == "fetched") {
      fetched.request = std::stoull(words.at(0));
      words.erase(words.begin());
      std::erase_if(words, [&](const std::string& word) {
        if (word.front() == '!') fetched.missing.push_back(key(word.substr(1)));
        return word.front() == '!';
      });
    }
    std::vector<Key> keys;
    std::vector<std::uint64_t> nbytes;
    std::vector<WorkerId> holders;
    for (const std::string& word : words) {
      Named item = named(word);
      keys.push_back(item.key);
      nbytes.push_back(item.nbytes);
      holders.push_back(item.holder);
    }
    if (verb == "free") return event::Free{keys};
    if (verb == "module") return event::ModuleSettled{keys.at(0)};
    if (verb == "lost") return event::Lost{keys};
    if (verb == "acquire") return event::Acquire{keys, nbytes, holders};
    if (verb == "holders") return event::NewHolders{keys, holders};
    if (verb == "put") return event::Put{keys, nbytes};
    if (verb != "fetched") throw std::runtime_error("unknown event: " + verb);
    fetched.keys = keys;
    fetched.nbytes = nbytes;
    return fetched;
  }

  event::Compute compute(const Words& words) {
    event::Compute all;
    Words one;
    for (const std::string& word : words) {
      if (word == ";") {
        all.tasks.push_back(task(one));
        one.clear();
      } else {
        one.push_back(word);
      }
    }
    all.tasks.push_back(task(one));
    return all;
  }

  TaskSpec task(const Words& words) {
    TaskSpec spec;
    spec.attempt = attempt(words.at(0));
    spec.key = key(words.at(1));
    spec.priority = spec.attempt & 0xFFFFFFFF;
    Resources resources;
    bool dependencies = false;
    for (std::size_t i = 2; i < words.size(); ++i) {
      if (dependencies) {
        Named d = named(words[i]);
        spec.dependencies.push_back({d.key, d.nbytes, d.holder, d.inlined});
      } else if (words[i] == "deps") {
        dependencies = true;
      } else {
        Words pair = split(words[i], '=');
        if (pair.at(0) == "module") {
          spec.module = key(pair.at(1));
        } else if (pair[0] == "prio") {
          spec.priority = std::stoull(pair.at(1));
        } else if (pair[0] == "timeout") {
          spec.timeout = std::chrono::seconds(std::stol(pair.at(1)));
        } else {
          resources[pair[0]] = std::stod(pair.at(1));
        }
      }
    }
    if (!resources.empty()) spec.resources = std::make_shared<const Resources>(resources);
    return spec;
  }

  void expect(const std::string& text) {
    if (next_ == actions_.size()) throw std::runtime_error("did not happen: < " + text);
    std::string is = print(actions_[next_++]);
    if (is != text) throw std::runtime_error("expected: < " + text + "\n     but: < " + is);
  }

  std::string print(Key key) const {
    auto found = names_.find(key);
    return found == names_.end() ? key.to_string() : found->second;
  }
  std::string print(const std::vector<Key>& keys) const {
    std::string text;
    for (Key key : keys) text += " " + print(key);
    return text;
  }
  std::string print(const action::Any& any) const {
    return std::visit([this](const auto& action) { return show(action); }, any);
  }
  std::string show(const action::Start& a) const { return "start " + print(a.attempt); }
  std::string show(const action::Forget& a) const { return "forget " + print(a.attempt); }
  std::string show(const action::Abandon& a) const { return "abandon " + print(a.attempt); }
  std::string show(const action::Keep& a) const { return "keep " + print(a.key); }
  std::string show(const action::Drop& a) const { return "drop " + print(a.key); }
  std::string show(const action::Fetch& a) const {
    return fmt::format("fetch {} {}{}", a.request, a.peer, print(a.keys));
  }
  std::string show(const action::ReportFinished& a) const {
    return fmt::format("finished {} {} {}", print(a.attempt), print(a.key), a.nbytes);
  }
  std::string show(const action::ReportFailed& a) const {
    // Sentences of our own are for people; their code is enough here.
    const bool ours = a.failure.code != Errc::task_failed;
    return fmt::format("failed {} {}", print(a.attempt),
                       ours ? tartan::name(a.failure.code) : a.failure.message);
  }
  std::string show(const action::ReportRetracted& a) const {
    return fmt::format("retracted {} {}", print(a.attempt), a.accepted ? "yes" : "no");
  }
  std::string show(const action::ReportWaiting& a) const {
    return (a.seceded ? "seceded " : "rejoined ") + print(a.attempt);
  }
  std::string show(const action::ReportAdded& a) const {
    return fmt::format("added {} {}", print(a.key), a.nbytes);
  }
  std::string show(const action::ReportMissing& a) const {
    return fmt::format("missing {} {}", print(a.key),
                       a.holder == kNoWorker ? "?" : std::to_string(a.holder));
  }
  std::string show(const action::ReportDropped& a) const { return "dropped " + print(a.key); }
  std::string show(const action::ReportState& a) const {
    std::string text = "state";
    for (AttemptId id : a.attempts) text += " " + print(id);
    return text + " :" + print(a.held);
  }

  StateConfig config_;
  std::optional<State> state_;
  Time now_{};
  std::uint64_t stimulus_ = 0;
  Actions actions_;
  std::size_t next_ = 0;
  std::map<Key, std::string> names_;
};

bool run(const char* path) {
  std::ifstream file(path);
  if (!file) {
    fmt::print(stderr, "{}: cannot be read\n", path);
    return false;
  }
  Scenario scenario;
  int number = 0;
  try {
    for (std::string text; std::getline(file, text);) {
      ++number;
      scenario.line(text);
    }
    scenario.all_expected();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}:{}: {}\n", path, number, error.what());
    return false;
  }
  return true;
}

}  // namespace
}  // namespace tartan::worker

int main(int argc, char** argv) {
  bool all = argc > 1;
  for (int i = 1; i < argc; ++i) all = tartan::worker::run(argv[i]) && all;
  return all ? 0 : 1;
}
