// Requests to other workers, and values that clients bring.

#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <tartan/base/config.hpp>
#include <worker/server/node_impl.hpp>

namespace tartan::worker {

namespace {
/// A peer that says nothing for so long while it is asked for values is taken for gone.
constexpr Duration kPeerSilence{std::chrono::seconds(5)};
/// A connection nobody used for so long is closed.
constexpr Duration kPeerIdle{std::chrono::seconds(60)};
}  // namespace

std::string Node::Impl::accept(const std::vector<std::pair<Key, Value>>& values) {
  std::uint64_t nbytes = 0;
  for (const auto& [key, value] : values) nbytes += value.nbytes();
  if (!store.fits(nbytes)) {
    return fmt::format(
        "{} has no room for {}: it holds {} of its limit of {}; start workers with "
        "a larger --memory-limit or scatter less",
        label(), format_bytes(nbytes), format_bytes(store.bytes()), format_bytes(store.limit()));
  }
  event::Put put;
  for (const auto& [key, value] : values) {
    put.keys.push_back(key);
    put.nbytes.push_back(value.nbytes());
    staged.insert_or_assign(key, value);
  }
  feed(std::move(put), now);
  return {};
}

void Node::Impl::take_fetched(const std::string& address, PeerLink& link, Time at) {
  std::vector<net::TransferClient::Fetched> all = link.client.take_fetched();
  for (net::TransferClient::Fetched& fetched : all) link.requests.erase(fetched.request);
  // Feeding may ask the same peer again; the link stays, for nothing here erases it.
  for (net::TransferClient::Fetched& fetched : all) {
    event::Fetched event;
    event.request = fetched.request;
    event.missing = std::move(fetched.missing);
    for (auto& [key, value] : fetched.values) {
      event.keys.push_back(key);
      event.nbytes.push_back(value.nbytes());
      staged.insert_or_assign(key, std::move(value));
    }
    feed(std::move(event), at);
  }
  touched.insert(address);
}

void Node::Impl::peer_gone(const std::string& address, std::string_view why, Time at) {
  auto found = peers.find(address);
  if (found != peers.end()) {
    if (!found->second.requests.empty()) {
      TARTAN_PROBE("worker: a peer that owes values is gone");
      logging::warning(label(), "gives up on the worker at {}: {}", address, why);
    }
    peers.erase(found);
    touched.erase(address);
    out.close_peers.push_back(address);
  }
  std::vector<WorkerId> gone;
  for (const auto& [worker, where] : addresses) {
    if (where == address) gone.push_back(worker);
  }
  for (WorkerId worker : gone) feed(event::PeerGone{worker}, at);
}

Time Node::Impl::peer_deadline(const PeerLink& link) const {
  return link.last_sign + (link.requests.empty() ? kPeerIdle : kPeerSilence);
}

void Node::Impl::check_peers(Time at) {
  std::vector<std::string> late;
  for (const auto& [address, link] : peers) {
    if (at >= peer_deadline(link)) late.push_back(address);
  }
  for (const std::string& address : late) {
    if (peers.at(address).requests.empty()) {
      peers.erase(address);
      touched.erase(address);
      out.close_peers.push_back(address);
    } else {
      peer_gone(address, "it has not answered a request for values for 5 seconds", at);
    }
  }
}

void Node::Impl::collect_peers() {
  for (const std::string& address : touched) {
    auto found = peers.find(address);
    if (found == peers.end()) continue;
    for (net::Envelope& envelope : found->second.client.take_outgoing()) {
      out.peers.push_back({address, std::move(envelope)});
    }
  }
  touched.clear();
}

}  // namespace tartan::worker
