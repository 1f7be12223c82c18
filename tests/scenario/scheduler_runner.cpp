// Plays a text scenario to the scheduler's state machine and compares what it does.
//
//   scheduler_runner FILE           exit code 1 and the first difference, if any
//   scheduler_runner --print FILE   the file with the actions that really follow, for authors
//
// A scenario is a list of events, each followed by the actions it must cause, in order, one line
// `-> ...` for neighbouring actions of one kind to one peer. An event followed by `-> *` is not
// compared. validate() runs after every event. `#` at the start of a word begins a comment.
//
//   config deaths=N saturation=X          before anything else
//   worker NAME threads=N [res=gpu:2,b:1] [mem=BYTES] [nanny] joins
//   lose NAME [clean] [ran=TASK,..]       its lease ran out; clean: it said goodbye; ran: what its
//                                         threads were running is known
//   client NAME [nested]                  joins, in a worker's tasks;  leave NAME
//   submit CLIENT                         tasks follow, in depth-first order, until `want`:
//     TASK [<- DEP ...] [retries=N] [priority=N] [workers=a,b] [res=gpu:1]
//          [out=BYTES] [scratch=BYTES] [actor=1]
//     want TASK ...                       DEPs not in this graph are external keys
//   hold|release|cancel|detach|retry CLIENT TASK ...
//   retire CLIENT WORKER ... [keep]       operations, each with [within=SECONDS] (60) and [id=N],
//   replicate CLIENT N TASK ...           which is another for each unless it is named; keep: the
//   rebalance CLIENT [TASK ...]           workers are only emptied
//   restart CLIENT
//   nofetch CLIENT TASK WORKER            the client could not fetch it there
//   finish WORKER TASK ... [us=N] [bytes=N] [inline]
//   fail WORKER TASK MESSAGE
//   returned|kept WORKER TASK ...         answers to retract
//   seceded|rejoined WORKER TASK ...      they wait, inside, for other tasks
//   has|dropped WORKER TASK ... [bytes=N] data announced, or gone
//   missing WORKER TASK HOLDER            the worker could not fetch it there
//   heartbeat WORKER [tasks=x,y] [held=z] [seceded=x] [spilled=BYTES] [paused]
//                                         the digest of having just these; `agrees`: of the truth
//   report WORKER [tasks=x,y] [held=z] [late]
//                                         late: as the answer to an earlier question
//   at MILLISECONDS                       sets the time and ticks
//   is TASK STATE ...                     not an event: checks states (unknown: forgotten)
//   why TASK TEXT                         not an event: checks the reason for being queued
//
// A task in an event means its latest attempt; TASK#1 means its first, for stale messages.
// Actions: run, retract, cancel, free WORKER TASK ...; tell WORKER TASK=HOLDER ...; report WORKER;
// ready CLIENT TASK ...; failed CLIENT TASK:ERROR ...; acquire WORKER TASK=HOLDER ...;
// leave|restart WORKER; answer CLIENT ERROR, or answer CLIENT done NAME:OUTCOME ...
// A task's group is its name without trailing digits.

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <map>
#include <scheduler/state/state.hpp>
#include <sstream>

namespace {

using namespace tartan;
using namespace tartan::scheduler;
using Words = std::vector<std::string>;

struct Line {
  int number = 0;
  std::string text;
  Words words;
};

[[noreturn]] void stop(const Line& line, const std::string& what) {
  throw std::runtime_error(fmt::format("line {}: {}: {}", line.number, line.text, what));
}

Words split(const std::string& text, char separator) {
  Words parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

std::vector<Line> read(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<Line> lines;
  std::string text;
  for (int number = 1; std::getline(in, text); ++number) {
    Line line{number, text, {}};
    for (const std::string& word : split(text, ' ')) {
      if (word[0] == '#') break;
      line.words.push_back(word);
    }
    lines.push_back(line);
  }
  return lines;
}

/// `name=value` words of a line; the others keep their order in `plain`.
struct Arguments {
  Words plain;
  std::map<std::string, std::string> named;

  explicit Arguments(const Words& words, std::size_t from = 1) {
    for (std::size_t i = from; i < words.size(); ++i) {
      const auto equals = words[i].find('=');
      if (equals == std::string::npos) {
        plain.push_back(words[i]);
      } else {
        named[words[i].substr(0, equals)] = words[i].substr(equals + 1);
      }
    }
  }
  std::uint64_t number(const std::string& name, std::uint64_t otherwise) const {
    const auto found = named.find(name);
    return found == named.end() ? otherwise : std::stoull(found->second);
  }
  Words list(const std::string& name) const {
    const auto found = named.find(name);
    return found == named.end() ? Words{} : split(found->second, ',');
  }
  std::map<std::string, double> resources() const {
    std::map<std::string, double> result;
    for (const std::string& entry : list("res")) {
      const auto colon = entry.find(':');
      result[entry.substr(0, colon)] = std::stod(entry.substr(colon + 1));
    }
    return result;
  }
  bool flag(const std::string& name) {
    const auto found = std::find(plain.begin(), plain.end(), name);
    if (found == plain.end()) return false;
    plain.erase(found);
    return true;
  }
};

class Scenario {
 public:
  /// Handles the event starting at lines[at]; moves `at` past it.
  std::vector<std::string> play(const std::vector<Line>& lines, std::size_t& at) {
    line_ = &lines[at];
    const Words& words = line_->words;
    const std::string& verb = words[0];
    Arguments arguments(words);
    ++at;
    if (verb == "config") {
      config_.allowed_deaths = static_cast<std::uint32_t>(arguments.number("deaths", 3));
      if (arguments.named.contains("saturation")) {
        config_.saturation = std::stod(arguments.named["saturation"]);
      }
      return {};
    }
    if (!state_) {
      config_.validate = true;
      state_ = std::make_unique<State>(config_);
    }
    if (verb == "is" || verb == "why") {
      check(words);
      return {};
    }
    if (verb == "submit") return handle(submit(lines, at));
    if (verb == "at") now_ = Time{} + std::chrono::milliseconds(std::stol(words.at(1)));
    return handle(make_event(verb, arguments));
  }

 private:
  std::vector<std::string> handle(Event event) {
    const Actions& actions = state_->handle(std::move(event), now_);
    std::vector<std::string> lines;
    std::string last;
    for (const Action& action : actions) {
      const auto [head, item] = std::visit([this](const auto& a) { return print(a); }, action);
      if (head == last && !item.empty()) {
        lines.back() += " " + item;
      } else {
        lines.push_back("-> " + head + (item.empty() ? "" : " " + item));
      }
      last = head;
    }
    return lines;
  }

  Event submit(const std::vector<Line>& lines, std::size_t& at) {
    GraphSubmitted event;
    event.client = client(line_->words.at(1));
    Graph& graph = event.graph;
    graph.functions.push_back(FunctionRef{Key{1, 1}, "f", 1, false});
    graph.arg_offsets = {0};
    graph.dep_offsets = {0};
    std::map<std::string, std::uint32_t> rows;
    std::vector<Words> deps;
    for (; lines[at].words.at(0) != "want"; ++at) {
      add_row(graph, lines[at].words, rows, deps);
    }
    for (std::size_t i = 1; i < lines[at].words.size(); ++i) {
      graph.wanted.push_back(rows.at(lines[at].words[i]));
    }
    ++at;
    std::map<std::string, std::uint32_t> external;
    for (const Words& list : deps) {
      for (const std::string& dep : list) {
        if (rows.contains(dep)) {
          graph.deps.push_back(rows[dep]);
          continue;
        }
        const auto next = static_cast<std::uint32_t>(graph.size() + external.size());
        if (external.try_emplace(dep, next).second) graph.external_keys.push_back(key(dep));
        graph.deps.push_back(external[dep]);
      }
      graph.dep_offsets.push_back(static_cast<std::uint32_t>(graph.deps.size()));
    }
    const auto valid = graph.validate();
    if (!valid) stop(*line_, valid.error().to_string());
    return event;
  }

  void add_row(Graph& graph, const Words& words, std::map<std::string, std::uint32_t>& rows,
               std::vector<Words>& deps) {
    Arguments arguments(words, 0);
    const std::string name = arguments.plain.at(0);
    const auto row = static_cast<std::uint32_t>(graph.size());
    rows[name] = row;
    graph.keys.push_back(key(name));
    graph.function.push_back(0);
    const auto digits = name.find_last_not_of("0123456789") + 1;
    const std::string group = name.substr(0, digits);
    auto found = std::find(graph.groups.begin(), graph.groups.end(), group);
    if (found == graph.groups.end()) found = graph.groups.insert(found, group);
    graph.group.push_back(static_cast<std::uint32_t>(found - graph.groups.begin()));
    graph.group_index.push_back(
        digits < name.size() ? static_cast<std::uint32_t>(std::stoul(name.substr(digits))) : 0);
    TaskOptions options;
    options.retries = static_cast<std::uint32_t>(arguments.number("retries", 0));
    if (arguments.named.contains("priority")) {
      options.priority = std::stoi(arguments.named["priority"]);
    }
    options.workers = arguments.list("workers");
    options.resources = arguments.resources();
    options.actor = arguments.number("actor", 0) != 0;
    graph.option.push_back(static_cast<std::uint32_t>(graph.options.size()));
    graph.options.push_back(options);
    graph.rank.push_back(row);
    graph.arg_offsets.push_back(0);
    graph.output_bytes.push_back(arguments.number("out", 0));
    graph.scratch_bytes.push_back(arguments.number("scratch", 0));
    deps.emplace_back();
    for (std::size_t i = 2; i < arguments.plain.size(); ++i) {
      deps.back().push_back(arguments.plain[i]);
    }
  }

  Event make_event(const std::string& verb, Arguments& a) {
    if (verb == "worker") {
      WorkerJoined event;
      event.worker = static_cast<WorkerId>(worker_names_.size());
      event.name = a.plain.at(0);
      event.address = "tcp://" + event.name;
      event.nthreads = static_cast<std::uint32_t>(a.number("threads", 1));
      event.resources = a.resources();
      event.memory_limit = a.number("mem", 0);
      event.nanny = a.flag("nanny");
      worker_names_.push_back(event.name);
      return event;
    }
    if (verb == "client") {
      const bool nested = a.flag("nested");
      client_names_.push_back(a.plain.at(0));
      return ClientJoined{0, static_cast<ClientId>(client_names_.size()), a.plain.at(0), nested};
    }
    if (verb == "leave") return ClientLeft{0, client(a.plain.at(0))};
    if (verb == "lose") {
      const bool clean = a.flag("clean");
      WorkerLost event{0, worker(a.plain.at(0)), !clean};
      if (a.named.contains("ran")) {
        event.ran.emplace();
        for (const std::string& task : a.list("ran")) event.ran->push_back(attempt(task));
      }
      return event;
    }
    if (verb == "at") return Tick{};
    if (verb == "hold") return KeysHeld{0, client(a.plain.at(0)), keys(a)};
    if (verb == "release") return KeysReleased{0, client(a.plain.at(0)), keys(a)};
    if (verb == "cancel") return KeysCancelled{0, client(a.plain.at(0)), keys(a)};
    if (verb == "detach") return KeysDetached{0, client(a.plain.at(0)), keys(a)};
    if (verb == "retry") return KeysRetried{0, client(a.plain.at(0)), keys(a)};
    if (const auto event = operation(verb, a)) return *event;
    if (verb == "nofetch") {
      return FetchFailed{0, client(a.plain.at(0)), {key(a.plain.at(1))}, {worker(a.plain.at(2))}};
    }
    return worker_event(verb, a);
  }

  std::optional<OperationAsked> operation(const std::string& verb, Arguments& a) {
    static const std::map<std::string, wire::Operate> kVerbs{
        {"retire", wire::Operate::retire},
        {"replicate", wire::Operate::replicate},
        {"rebalance", wire::Operate::rebalance},
        {"restart", wire::Operate::restart}};
    const auto what = kVerbs.find(verb);
    if (what == kVerbs.end()) return std::nullopt;
    const bool keep = a.flag("keep");
    OperationAsked event{0, client(a.plain.at(0)), {}};
    wire::Administer& wish = event.wish;
    wish.request = ++operations_;
    wish.id = {7, a.number("id", 1000 + operations_)};
    wish.what = static_cast<std::uint8_t>(what->second);
    wish.timeout_ns = a.number("within", 60) * 1'000'000'000;
    std::size_t first = 1;
    if (verb == "replicate") wish.count = std::stoull(a.plain.at(first++));
    if (verb == "retire" || verb == "restart") wish.count = keep ? 0 : 1;
    for (; first < a.plain.size(); ++first) {
      if (verb == "retire") {
        wish.names.push_back(a.plain[first]);
      } else {
        wish.keys.push_back(key(a.plain[first]));
      }
    }
    return event;
  }

  Event worker_event(const std::string& verb, Arguments& a) {
    if (verb == "finish") return finish(a);
    const WorkerId from = worker(a.plain.at(0));
    if (verb == "fail") {
      Failed event{0, from, attempt(a.plain.at(1)), {}};
      event.failure.message = a.plain.at(2);
      return event;
    }
    if (verb == "returned" || verb == "kept") {
      RetractAnswered event{0, from, {}};
      for (std::size_t i = 1; i < a.plain.size(); ++i) {
        event.answer.attempts.push_back(attempt(a.plain[i]));
        event.answer.accepted.push_back(verb == "returned" ? 1 : 0);
      }
      return event;
    }
    if (verb == "seceded" || verb == "rejoined") {
      Waited event{0, from, {}};
      for (std::size_t i = 1; i < a.plain.size(); ++i) {
        event.tasks.attempts.push_back(attempt(a.plain[i]));
        event.tasks.seceded.push_back(verb == "seceded" ? 1 : 0);
      }
      return event;
    }
    if (verb == "has") {
      ReplicasAdded event{0, from, keys(a), {}};
      event.nbytes.assign(event.keys.size(), a.number("bytes", 1000000));
      return event;
    }
    if (verb == "dropped") return ReplicasDropped{0, from, keys(a)};
    if (verb == "missing") {
      return ReplicasMissing{0, from, {key(a.plain.at(1))}, {worker(a.plain.at(2))}};
    }
    if (verb == "heartbeat") return heartbeat(from, a);
    if (verb == "report") {
      Reported event{0, from, {}};
      for (const std::string& task : a.list("tasks")) {
        event.report.attempts.push_back(attempt(task));
      }
      for (const std::string& task : a.list("held")) event.report.held.push_back(key(task));
      event.report.nbytes.assign(event.report.held.size(), 1000000);
      event.report.request = asked_[from] - (a.flag("late") ? 1 : 0);
      return event;
    }
    stop(*line_, "unknown event");
  }

  Event heartbeat(WorkerId from, Arguments& a) {
    Heartbeat event{0, from, {}};
    wire::WorkerHeartbeat& digest = event.digest;
    for (const std::string& task : a.list("seceded")) digest.seceded.push_back(attempt(task));
    digest.spilled_bytes = a.number("spilled", 0);
    digest.paused = a.flag("paused");
    if (a.flag("agrees")) {
      const Worker& truth = *state_->worker(from);
      digest.attempts = truth.attempts;
      digest.attempts_digest = truth.attempts_digest;
      digest.held = truth.held;
      digest.held_digest = truth.held_digest;
      return event;
    }
    for (const std::string& task : a.list("tasks")) {
      ++digest.attempts;
      digest.attempts_digest ^= digest_of(Key{0, attempt(task)});
    }
    for (const std::string& task : a.list("held")) {
      ++digest.held;
      digest.held_digest ^= digest_of(key(task));
    }
    return event;
  }

  Event finish(Arguments& a) {
    const bool small = a.flag("inline");
    Finished event{0, worker(a.plain.at(0)), {}};
    for (std::size_t i = 1; i < a.plain.size(); ++i) {
      event.tasks.attempts.push_back(attempt(a.plain[i]));
      event.tasks.nbytes.push_back(a.number("bytes", small ? 8 : 1000000));
      event.tasks.duration_ns.push_back(1000 * a.number("us", 10000));
      const std::byte value[8] = {};
      event.tasks.inline_values.push_back(small ? std::span<const std::byte>(value)
                                                : std::span<const std::byte>());
    }
    return event;
  }

  void check(const Words& words) {
    const TaskIndex index = state_->find(key(words.at(1)));
    if (words[0] == "why") {
      std::string expected;
      for (std::size_t i = 2; i < words.size(); ++i) expected += (i > 2 ? " " : "") + words[i];
      const std::string actual = index == kNone ? "unknown" : state_->why_queued(index);
      if (actual != expected) stop(*line_, "it is: " + actual);
      return;
    }
    for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
      const TaskIndex task = state_->find(key(words[i]));
      const std::string actual =
          task == kNone ? "unknown" : std::string(name(state_->task(task).state));
      if (actual != words[i + 1]) stop(*line_, fmt::format("{} is {}", words[i], actual));
    }
  }

  Key key(const std::string& task) {
    const Key result = hash_text(task);
    task_names_[result] = task;
    return result;
  }
  Words::difference_type index_in(const Words& names, const std::string& name) const {
    // The latest of that name: a worker may die and come back.
    const auto found = std::find(names.rbegin(), names.rend(), name);
    if (found == names.rend()) stop(*line_, "nobody is called " + name);
    return names.rend() - found - 1;
  }
  WorkerId worker(const std::string& name) const {
    return static_cast<WorkerId>(index_in(worker_names_, name));
  }
  ClientId client(const std::string& name) const {
    return static_cast<ClientId>(index_in(client_names_, name) + 1);
  }
  std::vector<Key> keys(const Arguments& a) {
    std::vector<Key> list;
    for (std::size_t i = 1; i < a.plain.size(); ++i) list.push_back(key(a.plain[i]));
    return list;
  }
  AttemptId attempt(const std::string& text) {
    const auto hash = text.find('#');
    const std::string task = text.substr(0, hash);
    const auto& list = attempts_[task];
    const std::size_t which =
        hash == std::string::npos ? list.size() : std::stoul(text.substr(hash + 1));
    if (which == 0 || which > list.size()) stop(*line_, text + " was never run");
    return list[which - 1];
  }

  using Printed = std::pair<std::string, std::string>;
  std::string task_name(TaskIndex task) { return task_names_[state_->task(task).key]; }
  std::string worker_name(WorkerId id) const {
    return id == kNoWorker ? "none" : worker_names_.at(id);
  }
  Printed print(const Assign& a) {
    attempts_[task_name(a.task)].push_back(a.attempt);
    return {"run " + worker_name(a.worker), task_name(a.task)};
  }
  Printed print(const Retract& a) {
    return {"retract " + worker_name(a.worker), task_name(task_of(a.attempt))};
  }
  Printed print(const CancelAttempt& a) {
    return {"cancel " + worker_name(a.worker), task_name(task_of(a.attempt))};
  }
  Printed print(const FreeData& a) { return {"free " + worker_name(a.worker), task_names_[a.key]}; }
  Printed print(const TellHolder& a) {
    return {"tell " + worker_name(a.worker), task_names_[a.key] + "=" + worker_name(a.holder)};
  }
  Printed print(const AskReport& a) {
    asked_[a.worker] = a.request;
    return {"report " + worker_name(a.worker), ""};
  }
  Printed print(const Acquire& a) {
    return {"acquire " + worker_name(a.worker), task_name(a.task) + "=" + worker_name(a.holder)};
  }
  Printed print(const Dismiss& a) {
    return {(a.restart ? "restart " : "leave ") + worker_name(a.worker), ""};
  }
  Printed print(const Answer& a) {
    const std::string head = "answer " + client_names_.at(a.client - 1);
    if (!a.answer.failure.message.empty()) {
      return {fmt::format("{} {}", head, tartan::name(a.answer.failure.code)), ""};
    }
    std::string text = head + " done";
    for (std::size_t i = 0; i < a.answer.names.size(); ++i) {
      text += fmt::format(" {}:{}", a.answer.names[i], a.answer.outcomes[i]);
    }
    return {text, ""};
  }
  Printed print(const KeyReady& a) {
    return {"ready " + client_names_.at(a.client - 1), task_name(a.task)};
  }
  Printed print(const KeyFailed& a) {
    return {"failed " + client_names_.at(a.client - 1),
            fmt::format("{}:{}", task_names_[a.key], tartan::name(a.failure->code))};
  }

  StateConfig config_;
  std::unique_ptr<State> state_;
  Time now_{};
  const Line* line_ = nullptr;
  std::uint64_t operations_ = 0;
  Words worker_names_;
  Words client_names_;
  std::map<Key, std::string> task_names_;
  std::map<std::string, std::vector<AttemptId>> attempts_;
  std::map<WorkerId, std::uint64_t> asked_;  ///< the last request for a report
};

bool is_expectation(const Line& line) { return !line.words.empty() && line.words[0] == "->"; }

void run(const std::string& path, bool print) {
  const std::vector<Line> lines = read(path);
  Scenario scenario;
  for (std::size_t at = 0; at < lines.size();) {
    if (lines[at].words.empty() || is_expectation(lines[at])) {
      if (print && lines[at].words.empty()) std::cout << lines[at].text << '\n';
      ++at;
      continue;
    }
    const std::size_t from = at;
    const std::vector<std::string> actual = scenario.play(lines, at);
    if (print) {
      for (std::size_t i = from; i < at; ++i) std::cout << lines[i].text << '\n';
      for (const std::string& action : actual) std::cout << action << '\n';
      continue;
    }
    std::vector<std::string> expected;
    for (; at < lines.size() && is_expectation(lines[at]); ++at) {
      std::string text;
      for (const std::string& word : lines[at].words) text += (text.empty() ? "" : " ") + word;
      expected.push_back(text);
    }
    if (expected == std::vector<std::string>{"-> *"}) continue;
    if (actual != expected) {
      stop(lines[from], fmt::format("\n  expected\n{}\n  but it does\n{}",
                                    fmt::join(expected, "\n"), fmt::join(actual, "\n")));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool print = argc == 3 && std::string(argv[1]) == "--print";
  if (argc != 2 && !print) {
    std::cerr << "usage: scheduler_runner [--print] FILE\n";
    return 2;
  }
  try {
    run(argv[argc - 1], print);
  } catch (const std::exception& error) {
    std::cerr << argv[argc - 1] << ": " << error.what() << '\n';
    return 1;
  }
  return 0;
}
