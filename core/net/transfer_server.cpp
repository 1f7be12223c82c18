#include <algorithm>
#include <core/net/transfer_pieces.hpp>
#include <exception>
#include <fmt/format.h>
#include <tartan/base/log.hpp>

namespace tartan::net {

namespace {

/// Values a peer is putting: announced by PutData, described by DataHeader, then pieces.
struct Put {
  std::vector<Key> keys;
  std::optional<Assembly> assembly;
  std::uint64_t to_grant = 0;
};

struct Peer {
  std::map<std::uint64_t, PieceSender> gets;
  std::map<std::uint64_t, Put> puts;

  std::size_t requests() const { return gets.size() + puts.size(); }
};

/// The bulk frames and values of an envelope in the order its records take them.
struct Beside {
  const Envelope& envelope;
  std::size_t bulk = 0;
  std::size_t values = 0;
};

Error broken(std::uint64_t request, std::string_view problem, Errc code = Errc::malformed) {
  return {code, fmt::format("request {}: {}", request, problem)};
}

}  // namespace

struct TransferServer::Impl {
  Lookup lookup;
  Accept accept;
  bool shares_memory;
  TransferLimits limits;
  std::map<PeerId, Peer> peers;
  std::vector<Outgoing> outgoing;

  Result<> handle(PeerId from, const Envelope& envelope);
  void answer(PeerId to, const wire::Message& message) {
    outgoing.push_back({to, Envelope{wire::encode(message), {}, {}}});
  }
  /// Everything a request's credit allows; `first` goes before it.
  void pump(PeerId to, PieceSender& sender, bool with_header);
  void finish_put(PeerId from, std::uint64_t request,
                  const std::vector<std::pair<Key, Value>>& values);

  Result<> on(PeerId from, const wire::GetData& message, Beside& beside);
  Result<> on(PeerId from, const wire::DataCredit& message, Beside& beside);
  Result<> on(PeerId from, const wire::PutData& message, Beside& beside);
  Result<> on(PeerId from, const wire::DataHeader& message, Beside& beside);
  Result<> on(PeerId from, const wire::DataPiece& message, Beside& beside);
  template <class Other>
  Result<> on(PeerId /*from*/, const Other& message, Beside& /*beside*/) {
    return Error(Errc::malformed, fmt::format("a {} record on the data socket",
                                              wire::kind_name(wire::Message(message))));
  }
};

Result<> TransferServer::Impl::handle(PeerId from, const Envelope& envelope) {
  auto messages = wire::decode(envelope.control);
  if (!messages) return messages.error();
  Beside beside{envelope};
  for (const auto& message : *messages) {
    auto handled = std::visit([&](const auto& m) { return on(from, m, beside); }, message);
    if (!handled) return handled;
  }
  if (beside.bulk != envelope.bulk.size() || beside.values != envelope.values.size()) {
    return Error(Errc::malformed, "an envelope with frames that no record speaks of");
  }
  return {};
}

void TransferServer::Impl::pump(PeerId to, PieceSender& sender, bool with_header) {
  wire::FrameWriter writer;
  std::vector<Buffer> bulk;
  if (with_header) writer.add(sender.header());
  while (sender.next(writer, bulk)) {
    outgoing.push_back({to, Envelope{writer.take(), std::exchange(bulk, {}), {}}});
  }
  if (!writer.empty()) outgoing.push_back({to, Envelope{writer.take(), {}, {}}});
}

Result<> TransferServer::Impl::on(PeerId from, const wire::GetData& message, Beside& /*beside*/) {
  auto& peer = peers[from];
  if (peer.gets.contains(message.request)) {
    return broken(message.request, "asked for twice under one number");
  }
  if (peer.requests() >= limits.requests) {
    return broken(message.request, fmt::format("more than {} requests at a time", limits.requests),
                  Errc::limit_exceeded);
  }
  if (!shares_memory && (message.credit < kMinCredit || message.credit > kMaxCredit)) {
    return broken(message.request, fmt::format("a credit of {} bytes; {} to {} are right",
                                               message.credit, kMinCredit, kMaxCredit));
  }
  if (!shares_memory && message.keys.size() > kKeysPerMessage) {
    return broken(
        message.request,
        fmt::format("{} keys; at most {} are right", message.keys.size(), kKeysPerMessage),
        Errc::limit_exceeded);
  }
  std::vector<std::pair<Key, Value>> values;
  std::vector<Key> missing;
  for (const auto key : message.keys) {
    auto value = lookup(key);
    if (value && !value->empty()) {
      values.emplace_back(key, std::move(*value));
    } else {
      missing.push_back(key);
    }
  }
  if (shares_memory) {
    wire::DataHeader header;
    header.request = message.request;
    header.missing = std::move(missing);
    Envelope envelope;
    for (auto& [key, value] : values) {
      header.keys.push_back(key);
      envelope.values.push_back(std::move(value));
    }
    header.shared_values = envelope.values.size();
    envelope.control = wire::encode(header);
    outgoing.push_back({from, std::move(envelope)});
    return {};
  }
  try {
    PieceSender sender(message.request, values, missing, message.credit);
    pump(from, sender, true);
    if (!sender.done()) peer.gets.emplace(message.request, std::move(sender));
  } catch (const std::exception& error) {
    // A user's codec failed. The peer hears that the values are not to be had here.
    logging::error("net", "cannot send the values of request {}: {}", message.request, error.what());
    wire::DataHeader header;
    header.request = message.request;
    header.missing = message.keys;
    answer(from, header);
  }
  return {};
}

Result<> TransferServer::Impl::on(PeerId from, const wire::DataCredit& message,
                                  Beside& /*beside*/) {
  auto& gets = peers[from].gets;
  const auto found = gets.find(message.request);
  if (found == gets.end()) return {};  // for pieces of a request that has been sent to its end
  if (auto granted = found->second.grant(message.bytes); !granted) return granted;
  pump(from, found->second, false);
  if (found->second.done()) gets.erase(found);
  return {};
}

Result<> TransferServer::Impl::on(PeerId from, const wire::PutData& message, Beside& /*beside*/) {
  auto& peer = peers[from];
  if (peer.requests() >= limits.requests) {
    return broken(message.request, fmt::format("more than {} requests at a time", limits.requests),
                  Errc::limit_exceeded);
  }
  if (!peer.puts.emplace(message.request, Put{message.keys, {}, 0}).second) {
    return broken(message.request, "put twice under one number");
  }
  return {};
}

Result<> TransferServer::Impl::on(PeerId from, const wire::DataHeader& message, Beside& beside) {
  auto& puts = peers[from].puts;
  const auto found = puts.find(message.request);
  if (found == puts.end()) return broken(message.request, "a DataHeader without PutData");
  Put& put = found->second;
  if (put.assembly) return broken(message.request, "a second DataHeader");
  if (message.keys != put.keys || !message.missing.empty()) {
    return broken(message.request, "the DataHeader names other keys than PutData");
  }
  const auto& shared = beside.envelope.values;
  if (message.shared_values != 0) {
    if (!shares_memory || message.shared_values != message.keys.size() ||
        message.shared_values > shared.size() - beside.values) {
      return broken(message.request, "values by pointer that are not there");
    }
    std::vector<std::pair<Key, Value>> values;
    for (const auto key : message.keys) values.emplace_back(key, shared[beside.values++]);
    puts.erase(found);
    finish_put(from, message.request, values);
    return {};
  }
  auto assembly = Assembly::start(message, limits.request_bytes);
  if (!assembly) {
    if (assembly.error().code() != Errc::limit_exceeded) return assembly.error();
    puts.erase(found);
    answer(from, wire::PutDone{message.request, message.keys, {}, assembly.error().message()});
    return {};
  }
  if (assembly->complete()) {
    puts.erase(found);
    finish_put(from, message.request, assembly->take_values());
    return {};
  }
  put.assembly = std::move(*assembly);
  return {};
}

Result<> TransferServer::Impl::on(PeerId from, const wire::DataPiece& message, Beside& beside) {
  if (beside.bulk == beside.envelope.bulk.size()) {
    return broken(message.request, "a DataPiece without its bytes");
  }
  const Buffer& bytes = beside.envelope.bulk[beside.bulk++];
  auto& puts = peers[from].puts;
  const auto found = puts.find(message.request);
  if (found == puts.end()) {
    // The rest of a put that was refused, or one whose beginning was lost with a connection.
    answer(from, wire::PutDone{message.request, {}, {}, "the transfer was cut; put it again"});
    return {};
  }
  Put& put = found->second;
  if (!put.assembly) return broken(message.request, "a DataPiece before its DataHeader");
  if (auto added = put.assembly->add(message, bytes); !added) return added;
  if (put.assembly->complete()) {
    const auto values = put.assembly->take_values();
    puts.erase(found);
    finish_put(from, message.request, values);
    return {};
  }
  put.to_grant += bytes.size();
  if (put.to_grant >= kDefaultCredit / 4) {
    answer(from, wire::DataCredit{message.request, std::exchange(put.to_grant, 0)});
  }
  return {};
}

void TransferServer::Impl::finish_put(PeerId from, std::uint64_t request,
                                      const std::vector<std::pair<Key, Value>>& values) {
  wire::PutDone done;
  done.request = request;
  for (const auto& [key, value] : values) {
    done.keys.push_back(key);
    done.nbytes.push_back(value.nbytes());
  }
  done.refused = accept(values);
  answer(from, done);
}

TransferServer::TransferServer(Lookup lookup, Accept accept, bool shares_memory,
                               TransferLimits limits)
    : impl_(new Impl{std::move(lookup), std::move(accept), shares_memory, limits, {}, {}}) {}

TransferServer::~TransferServer() = default;

Result<> TransferServer::on_envelope(PeerId from, const Envelope& envelope) {
  auto handled = impl_->handle(from, envelope);
  const auto peer = impl_->peers.find(from);
  if (peer != impl_->peers.end() && (!handled || peer->second.requests() == 0)) {
    impl_->peers.erase(peer);
  }
  return handled;
}

void TransferServer::on_gone(PeerId peer) { impl_->peers.erase(peer); }

std::vector<Outgoing> TransferServer::take_outgoing() { return std::exchange(impl_->outgoing, {}); }

}  // namespace tartan::net
