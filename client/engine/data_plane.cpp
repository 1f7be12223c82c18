#include <algorithm>
#include <client/engine/data_plane.hpp>
#include <core/base/probe.hpp>
#include <tartan/base/log.hpp>

namespace tartan::client {
namespace {

/// An answer that takes longer was lost.
constexpr Duration kAskInterval = std::chrono::seconds(2);
/// What has not worked for so long will not.
constexpr Duration kGiveUp = std::chrono::seconds(30);

KeyEvent cannot_be_fetched(Key key) {
  KeyEvent event{key, Status::failed, 0, {}, {}};
  event.failure.code = Errc::unreachable;
  event.failure.message =
      "the result exists, but could not be fetched for " +
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(kGiveUp).count()) +
      " s; check that this machine reaches the workers' data addresses (tartan workers)";
  event.failure.task = key.to_string();
  return event;
}

}  // namespace

DataPlane::DataPlane(bool shares_memory, Duration peer_patience)
    : shares_memory_(shares_memory), patience_(peer_patience) {}

void DataPlane::fetch(Key key) {
  if (fetches_.try_emplace(key).second) questions_.push_back(key);
}

void DataPlane::on_ready(Key key) {
  const auto found = fetches_.find(key);
  if (found == fetches_.end() || !found->second.resting) return;
  start_over(key, found->second);
}

void DataPlane::start_over(Key key, Fetch& fetch) {
  const Time failing_since = fetch.failing_since;
  fetch = Fetch{};
  fetch.failing_since = failing_since;
  questions_.push_back(key);
}

bool DataPlane::put(Key key, Value value, bool broadcast) {
  const auto [found, fresh] = puts_.try_emplace(key);
  if (!fresh) return false;
  Put& put = found->second;
  put.nbytes = value.nbytes();
  put.value = std::move(value);
  put.broadcast = broadcast;
  unplaced_.insert(key);
  return true;
}

void DataPlane::drop(Key key) { fetches_.erase(key); }

void DataPlane::ask_again() {
  questions_.clear();
  for (const auto& [key, fetch] : fetches_) {
    if (fetch.asked || fetch.resting) questions_.push_back(key);
  }
}

DataPlane::Peer& DataPlane::peer(const std::string& address, Time now) {
  const auto [found, fresh] = peers_.try_emplace(address, shares_memory_);
  if (fresh || found->second.requests.empty()) found->second.heard = now;
  return found->second;
}

void DataPlane::plan_fetch(Key key, std::span<const wire::WorkerId> holders,
                           const std::map<wire::WorkerId, std::string>& addresses,
                           std::map<std::string, Plan>& plans) {
  const auto found = fetches_.find(key);
  if (found == fetches_.end() || !found->second.asked) return;
  Fetch& fetch = found->second;
  // Different keys start at different holders, so that replicas share the load.
  for (std::size_t i = 0; i < holders.size(); ++i) {
    const wire::WorkerId worker = holders[(i + key.lo) % holders.size()];
    const auto address = addresses.find(worker);
    if (address == addresses.end() || fetch.tried.count(address->second) != 0) continue;
    fetch.asked = false;
    fetch.resting = false;
    fetch.tried.insert(address->second);
    fetch.tried_ids.push_back(worker);
    Plan& plan = plans[address->second];
    plan.worker = worker;
    plan.keys.push_back(key);
    return;
  }
  fetch.resting = true;
  fetch.asked = false;
  fetch.since = {};
  if (holders.empty()) fetch.failing_since = {};  // it is being made again
  if (fetch.tried_ids.empty()) fetch.tried_ids.push_back(wire::kNoWorker);
  for (const wire::WorkerId worker : fetch.tried_ids) {
    missing_.keys.push_back(key);
    missing_.holders.push_back(worker);
  }
}

void DataPlane::on_holders(const wire::Holders& holders, Time now) {
  std::map<wire::WorkerId, std::string> addresses;
  const std::size_t named = std::min(holders.table.size(), holders.addresses.size());
  for (std::size_t i = 0; i < named; ++i) addresses[holders.table[i]] = holders.addresses[i];
  std::map<std::string, Plan> plans;
  for (std::size_t i = 0; i < holders.keys.size() && i + 1 < holders.offsets.size(); ++i) {
    const std::size_t begin = holders.offsets[i];
    const std::size_t end = holders.offsets[i + 1];
    if (begin > end || end > holders.workers.size()) break;
    plan_fetch(holders.keys[i], std::span(holders.workers).subspan(begin, end - begin), addresses,
               plans);
    // There are holders, and none of them delivers.
    const auto fetch = fetches_.find(holders.keys[i]);
    if (begin == end || fetch == fetches_.end() || !fetch->second.resting) continue;
    if (fetch->second.failing_since == Time{}) fetch->second.failing_since = now;
    if (now - fetch->second.failing_since < kGiveUp) continue;
    TARTAN_PROBE("client: gives a result up that no holder delivers");
    events_.push_back(cannot_be_fetched(fetch->first));
    fetches_.erase(fetch);
  }
  for (auto& [address, plan] : plans) {
    Peer& target = peer(address, now);
    const std::uint64_t request = next_request_++;
    target.transfer.get(request, plan.keys);
    target.requests[request] = {false, plan.worker, std::move(plan.keys)};
  }
}

void DataPlane::on_workers(const std::vector<PutTarget>& workers, Time now) {
  unplaced_since_ = {};
  if (workers.empty()) return;
  std::map<std::string, std::vector<std::pair<Key, Value>>> plans;
  const auto place = [&](Key key, Put& put, const std::string& address) {
    put.tried.insert(address);
    ++put.under_way;
    plans[address].emplace_back(key, put.value);
  };
  for (const Key key : std::exchange(unplaced_, {})) {
    Put& put = puts_.at(key);
    for (std::size_t i = 0; i < workers.size(); ++i) {
      const std::string& address = workers[(next_worker_ + i) % workers.size()].address;
      if (put.tried.count(address) != 0) continue;
      place(key, put, address);
      if (!put.broadcast) break;
    }
    ++next_worker_;
    settle_put(key);
  }
  for (auto& [address, values] : plans) {
    Peer& target = peer(address, now);
    Request request{true, wire::kNoWorker, {}};
    for (const auto& [key, value] : values) request.keys.push_back(key);
    const std::uint64_t number = next_request_++;
    target.transfer.put(number, values);
    target.requests[number] = std::move(request);
  }
}

void DataPlane::fetch_failed(Key key) {
  const auto found = fetches_.find(key);
  if (found == fetches_.end() || found->second.asked || found->second.resting) return;
  found->second.asked = true;
  found->second.since = {};
  questions_.push_back(key);
}

void DataPlane::put_failed(Key key, const std::string& reason) {
  const auto found = puts_.find(key);
  if (found == puts_.end()) return;
  --found->second.under_way;
  found->second.refused = reason;
  if (found->second.under_way == 0 && found->second.stored == 0) {
    found->second.broadcast = false;  // one copy anywhere is what is still to be had
    unplaced_.insert(key);
  } else {
    settle_put(key);
  }
}

void DataPlane::put_done(Key key, std::uint64_t nbytes) {
  const auto found = puts_.find(key);
  if (found == puts_.end()) return;
  --found->second.under_way;
  if (++found->second.stored == 1) arrived_puts_.push_back(key);
  found->second.nbytes = nbytes;
  settle_put(key);
}

void DataPlane::settle_put(Key key) {
  const auto found = puts_.find(key);
  if (found == puts_.end() || found->second.under_way != 0) return;
  const Put& put = found->second;
  KeyEvent event{key, Status::ready, put.nbytes, {}, {}};
  if (put.stored == 0) {
    event.status = Status::failed;
    event.failure.code = Errc::out_of_memory;
    event.failure.message =
        "no worker took the scattered value (" + std::to_string(put.nbytes) +
        " bytes): " + (put.refused.empty() ? "all of them are gone" : put.refused);
    event.failure.task = key.to_string();
  }
  events_.push_back(std::move(event));
  finished_puts_.push_back(key);
  puts_.erase(found);
}

void DataPlane::request_failed(const Request& request, const std::string& reason) {
  for (const Key key : request.keys) {
    if (request.is_put) {
      put_failed(key, reason);
    } else {
      fetch_failed(key);
    }
  }
}

void DataPlane::collect(Peer& peer) {
  for (auto& fetched : peer.transfer.take_fetched()) {
    peer.requests.erase(fetched.request);
    for (auto& [key, value] : fetched.values) {
      if (fetches_.erase(key) == 0) continue;
      const std::uint64_t nbytes = value.nbytes();
      events_.push_back({key, Status::ready, nbytes, std::move(value), {}});
    }
    for (const Key key : fetched.missing) fetch_failed(key);
  }
  for (auto& stored : peer.transfer.take_stored()) {
    const auto request = peer.requests.find(stored.request);
    if (request == peer.requests.end()) continue;
    const std::vector<Key> keys = std::move(request->second.keys);
    peer.requests.erase(request);
    std::map<Key, std::uint64_t> sizes;
    for (std::size_t i = 0; i < stored.keys.size() && i < stored.nbytes.size(); ++i) {
      sizes[stored.keys[i]] = stored.nbytes[i];
    }
    for (const Key key : keys) {
      const auto size = sizes.find(key);
      if (stored.refused.empty() && size != sizes.end()) {
        put_done(key, size->second);
      } else {
        put_failed(key, stored.refused);
      }
    }
  }
}

void DataPlane::on_peer(const std::string& address, const net::Envelope& envelope, Time now) {
  const auto found = peers_.find(address);
  if (found == peers_.end()) return;
  found->second.heard = now;
  const Result<> result = found->second.transfer.on_envelope(envelope);
  collect(found->second);
  if (!result) {
    logging::warning("client", "the worker at {} is dropped: {}", address,
                     result.error().to_string());
    on_peer_gone(address, now);
  }
}

void DataPlane::on_peer_gone(const std::string& address, Time) {
  const auto found = peers_.find(address);
  if (found == peers_.end()) return;
  const Peer gone = std::move(found->second);
  peers_.erase(found);
  close_peers_.push_back(address);
  for (const auto& [number, request] : gone.requests) {
    request_failed(request, "the worker at " + address + " does not answer");
  }
}

void DataPlane::on_tick(Time now) {
  std::vector<std::string> silent;
  for (const auto& [address, peer] : peers_) {
    if (!peer.requests.empty() && now - peer.heard >= patience_) silent.push_back(address);
  }
  for (const std::string& address : silent) {
    logging::warning("client", "the worker at {} has not answered for {} s", address,
                     std::chrono::duration_cast<std::chrono::seconds>(patience_).count());
    on_peer_gone(address, now);
  }
  check_fetches(now);
  check_puts(now);
}

void DataPlane::check_fetches(Time now) {
  std::vector<Key> hopeless;
  for (auto& [key, fetch] : fetches_) {
    if (!fetch.asked && !fetch.resting) continue;
    if (fetch.since == Time{}) fetch.since = now;
    if (now - fetch.since < kAskInterval) continue;
    TARTAN_PROBE("client: a fetch starts over");
    if (fetch.failing_since == Time{}) fetch.failing_since = fetch.since;
    if (now - fetch.failing_since >= kGiveUp) {
      hopeless.push_back(key);
    } else {
      start_over(key, fetch);
    }
  }
  for (const Key key : hopeless) {
    TARTAN_PROBE("client: gives a fetch up");
    fetches_.erase(key);
    events_.push_back(cannot_be_fetched(key));
  }
}

/// Waiting for a first worker is no fault; a scheduler that never says who there is, is one.
void DataPlane::check_puts(Time now) {
  if (unplaced_.empty()) return;
  if (unplaced_since_ == Time{}) unplaced_since_ = now;
  if (now - unplaced_since_ < kGiveUp) return;
  TARTAN_PROBE("client: gives a scatter up");
  for (const Key key : std::exchange(unplaced_, {})) {
    puts_.at(key).refused = "the scheduler does not say which workers there are";
    settle_put(key);
  }
}

Time DataPlane::next_deadline() const {
  Time deadline = Time::max();
  for (const auto& [address, peer] : peers_) {
    if (!peer.requests.empty()) deadline = std::min(deadline, peer.heard + patience_);
  }
  return deadline;
}

void DataPlane::take_output(Output& output) {
  for (auto& [address, peer] : peers_) {
    for (net::Envelope& envelope : peer.transfer.take_outgoing()) {
      output.peers.push_back({address, std::move(envelope)});
    }
  }
  std::move(close_peers_.begin(), close_peers_.end(), std::back_inserter(output.close_peers));
  std::move(events_.begin(), events_.end(), std::back_inserter(output.events));
  close_peers_.clear();
  events_.clear();
}

}  // namespace tartan::client
