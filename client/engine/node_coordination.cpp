// The node's part in coordination: questions that wait for scattered values, answers that are
// acknowledged once somebody has accepted them, requests that are withdrawn.
//
// The scheduler repeats an answer until it is acknowledged, and takes back what an answer gave when
// its request is withdrawn instead. So an answer is `undecided` from its arrival until it is
// accepted or the scheduler has confirmed the withdrawal, and is not acknowledged meanwhile.

#include <algorithm>
#include <client/engine/node_impl.hpp>
#include <core/base/probe.hpp>

namespace tartan::client {

/// What a question needs at the scheduler before it is asked.
bool Node::Impl::must_wait(const wire::Message& question) const {
  const auto* coordinate = std::get_if<wire::Coordinate>(&question);
  return coordinate != nullptr && std::any_of(coordinate->keys.begin(), coordinate->keys.end(),
                                              [this](const Key& key) { return on_its_way(key); });
}

void Node::Impl::ask(std::uint64_t request, wire::Message record) {
  if (auto* coordinate = std::get_if<wire::Coordinate>(&record)) {
    coordinate->done_below =
        questions.empty() ? request : std::min(request, questions.begin()->first);
  }
  Question& question = questions[request];
  question = {std::move(record), latest};
  question.held_back = must_wait(question.record);
  if (!connected || question.held_back) return;
  flush_holds();
  send(question.record);
}

/// Values have arrived that questions waited for.
void Node::Impl::ask_held_back() {
  for (auto& [request, question] : questions) {
    if (!question.held_back || must_wait(question.record)) continue;
    question.held_back = false;
    question.sent = latest;
    if (connected) send(question.record);
  }
}

void Node::withdraw(std::uint64_t request, std::uint64_t number) {
  if (impl_->over) return;
  impl_->questions.erase(request);
  impl_->undecided.insert(request);
  impl_->ask(number, wire::Withdraw{number, request});
}

void Node::acknowledge(std::uint64_t request, const std::vector<Key>& keys) {
  if (impl_->over) return;
  impl_->undecided.erase(request);
  impl_->to_acknowledge.push_back(request);
  for (const Key key : keys) impl_->add_hold(key);
}

void Node::Impl::on_message(const wire::Coordinated& reply, Time) {
  const auto asked = questions.find(reply.request);
  if (asked == questions.end()) {
    if (undecided.contains(reply.request)) return;
    TARTAN_PROBE("client: acknowledges an answer again");
    to_acknowledge.push_back(reply.request);
    return;
  }
  if (const auto* withdrawal = std::get_if<wire::Withdraw>(&asked->second.record)) {
    undecided.erase(withdrawal->withdrawn);
    questions.erase(asked);
    return;
  }
  undecided.insert(reply.request);
  on_reply(reply.request, reply);
}

/// Behind the holds of the turn: the scheduler lets go of the answers' keys when it reads this.
void Node::Impl::flush_acknowledgements() {
  if (to_acknowledge.empty()) return;
  send(wire::Acknowledge{std::exchange(to_acknowledge, {})});
}

/// The scheduler had taken us for dead. What we held in locks and queues is others' by now, and
/// whether the last requests were done nobody knows.
void Node::Impl::lose_session() {
  TARTAN_PROBE("client: the scheduler had taken it for dead");
  undecided.clear();
  to_acknowledge.clear();
  for (auto next = questions.begin(); next != questions.end();) {
    const auto one = next++;
    const auto* coordinate = std::get_if<wire::Coordinate>(&one->second.record);
    if (coordinate != nullptr) {
      wire::Coordinated reply;
      reply.request = one->first;
      reply.code = static_cast<std::uint32_t>(Errc::unreachable);
      reply.message = "the scheduler at " + config.scheduler_address +
                      " had not heard of this client for too long and has given its locks to "
                      "others; whether the operation on '" +
                      coordinate->name + "' was done is not known, look before you repeat it";
      output.replies.emplace_back(one->first, std::move(reply));
      questions.erase(one);
    } else if (std::holds_alternative<wire::Withdraw>(one->second.record)) {
      questions.erase(one);
    }
  }
}

}  // namespace tartan::client
