#include <algorithm>
#include <core/net/transfer_pieces.hpp>
#include <deque>
#include <exception>
#include <fmt/format.h>
#include <iterator>
#include <tartan/base/assert.hpp>

namespace tartan::net {

namespace {

/// A caller's request: one part, or several when it names more keys than one message may.
struct Request {
  std::size_t parts = 0;  ///< not yet answered
  bool is_put = false;
  TransferClient::Fetched fetched;
  TransferClient::Stored stored;
};

/// Parts under way carry numbers of our own on the wire.
struct Get {
  std::uint64_t request = 0;
  std::vector<Key> keys;
  std::optional<Assembly> assembly;  ///< from the header on
  std::vector<Key> missing;
  std::uint64_t to_grant = 0;
};
struct Put {
  std::uint64_t request = 0;
  std::optional<PieceSender> sender;  ///< none when the values went by pointer
};

/// A part that waits for earlier ones to end.
struct Waiting {
  std::uint64_t request = 0;
  bool is_put = false;
  std::vector<Key> keys;                      ///< of a get
  std::vector<std::pair<Key, Value>> values;  ///< of a put
};

/// The bulk frames and values of an envelope in the order its records take them.
struct Beside {
  const Envelope& envelope;
  std::size_t bulk = 0;
  std::size_t values = 0;
};

Error broken(std::uint64_t request, std::string_view problem) {
  return {Errc::malformed, fmt::format("request {}: {}", request, problem)};
}

/// Every key asked for is answered exactly once, found or missing.
bool answers(const wire::DataHeader& header, std::vector<Key> asked) {
  std::vector<Key> answered = header.keys;
  answered.insert(answered.end(), header.missing.begin(), header.missing.end());
  std::sort(answered.begin(), answered.end());
  std::sort(asked.begin(), asked.end());
  return answered == asked;
}

}  // namespace

struct TransferClient::Impl {
  bool shares_memory;
  TransferLimits limits;
  std::uint64_t last_number = 0;
  std::map<std::uint64_t, Request> requests;  ///< by the caller's number
  std::deque<Waiting> waiting;
  std::map<std::uint64_t, Get> gets;  ///< by the number on the wire, as puts
  std::map<std::uint64_t, Put> puts;
  std::vector<Envelope> outgoing;
  std::vector<Fetched> fetched;
  std::vector<Stored> stored;

  Request& open(std::uint64_t request, bool is_put, std::size_t items);
  void start_waiting();
  void start_get(Waiting& item);
  void start_put(Waiting& item);
  void got(std::uint64_t number, std::vector<std::pair<Key, Value>> values,
           const std::vector<Key>& missing);
  void put_done(std::uint64_t request, const wire::PutDone& answer);
  void end_part(std::uint64_t request);
  void pump(PieceSender& sender, wire::FrameWriter& writer);

  Result<> on(const wire::DataHeader& message, Beside& beside);
  Result<> on(const wire::DataPiece& message, Beside& beside);
  Result<> on(const wire::DataCredit& message, Beside& beside);
  Result<> on(const wire::PutDone& message, Beside& beside);
  template <class Other>
  Result<> on(const Other& message, Beside& /*beside*/) {
    return Error(Errc::malformed, fmt::format("a {} record from a data socket",
                                              wire::kind_name(wire::Message(message))));
  }
};

Request& TransferClient::Impl::open(std::uint64_t number, bool is_put, std::size_t items) {
  const auto [entry, fresh] = requests.try_emplace(number);
  TARTAN_ASSERT(fresh, "a request number is used once at a time");
  Request& request = entry->second;
  request.is_put = is_put;
  request.parts = shares_memory || items == 0 ? 1 : (items + kKeysPerMessage - 1) / kKeysPerMessage;
  request.fetched.request = request.stored.request = number;
  return request;
}

void TransferClient::Impl::start_waiting() {
  while (!waiting.empty() && gets.size() + puts.size() < kRequestsUnderWay) {
    Waiting item = std::move(waiting.front());
    waiting.pop_front();
    item.is_put ? start_put(item) : start_get(item);
  }
}

void TransferClient::Impl::start_get(Waiting& item) {
  const auto number = ++last_number;
  outgoing.push_back({wire::encode(wire::GetData{number, item.keys, kDefaultCredit}), {}, {}});
  gets.emplace(number, Get{item.request, std::move(item.keys), {}, {}, 0});
}

void TransferClient::Impl::start_put(Waiting& item) {
  const auto number = ++last_number;
  wire::FrameWriter writer;
  wire::PutData announce{number, {}};
  for (const auto& [key, value] : item.values) announce.keys.push_back(key);
  writer.add(announce);
  if (shares_memory) {
    wire::DataHeader header;
    header.request = number;
    header.keys = announce.keys;
    header.shared_values = item.values.size();
    writer.add(header);
    Envelope envelope{writer.take(), {}, {}};
    for (auto& [key, value] : item.values) envelope.values.push_back(std::move(value));
    outgoing.push_back(std::move(envelope));
    puts.emplace(number, Put{item.request, std::nullopt});
    return;
  }
  try {
    PieceSender sender(number, item.values, {}, kDefaultCredit);
    writer.add(sender.header());
    pump(sender, writer);
    puts.emplace(number, Put{item.request, std::move(sender)});
  } catch (const std::exception& error) {
    put_done(item.request,
             {number, {}, {}, fmt::format("the values cannot be encoded: {}", error.what())});
  }
}

void TransferClient::Impl::got(std::uint64_t number, std::vector<std::pair<Key, Value>> values,
                               const std::vector<Key>& missing) {
  const auto found = gets.find(number);
  const auto request = found->second.request;
  Fetched& all = requests.at(request).fetched;
  std::move(values.begin(), values.end(), std::back_inserter(all.values));
  all.missing.insert(all.missing.end(), missing.begin(), missing.end());
  gets.erase(found);
  end_part(request);
}

void TransferClient::Impl::put_done(std::uint64_t request, const wire::PutDone& answer) {
  Stored& all = requests.at(request).stored;
  if (answer.refused.empty()) {
    all.keys.insert(all.keys.end(), answer.keys.begin(), answer.keys.end());
    all.nbytes.insert(all.nbytes.end(), answer.nbytes.begin(), answer.nbytes.end());
  } else if (all.refused.empty()) {
    all.refused = answer.refused;
  }
  end_part(request);
}

void TransferClient::Impl::end_part(std::uint64_t number) {
  const auto found = requests.find(number);
  Request& request = found->second;
  if (--request.parts != 0) return;
  if (request.is_put) {
    stored.push_back(std::move(request.stored));
  } else {
    fetched.push_back(std::move(request.fetched));
  }
  requests.erase(found);
}

void TransferClient::Impl::pump(PieceSender& sender, wire::FrameWriter& writer) {
  std::vector<Buffer> bulk;
  while (sender.next(writer, bulk)) {
    outgoing.push_back({writer.take(), std::exchange(bulk, {}), {}});
  }
  if (!writer.empty()) outgoing.push_back({writer.take(), {}, {}});
}

Result<> TransferClient::Impl::on(const wire::DataHeader& message, Beside& beside) {
  const auto found = gets.find(message.request);
  if (found == gets.end()) return broken(message.request, "a DataHeader nobody asked for");
  Get& get = found->second;
  if (get.assembly) return broken(message.request, "a second DataHeader");
  if (!answers(message, get.keys)) {
    return broken(message.request, "the DataHeader names other keys than were asked for");
  }
  if (shares_memory) {
    const auto& shared = beside.envelope.values;
    if (message.shared_values != message.keys.size() ||
        message.shared_values > shared.size() - beside.values) {
      return broken(message.request, "values by pointer that are not there");
    }
    std::vector<std::pair<Key, Value>> values;
    for (const auto key : message.keys) values.emplace_back(key, shared[beside.values++]);
    got(message.request, std::move(values), message.missing);
    return {};
  }
  if (message.shared_values != 0) return broken(message.request, "values by pointer from outside");
  auto assembly = Assembly::start(message, limits.request_bytes);
  if (!assembly) return assembly.error();
  if (assembly->complete()) {
    got(message.request, assembly->take_values(), message.missing);
    return {};
  }
  get.missing = message.missing;
  get.assembly = std::move(*assembly);
  return {};
}

Result<> TransferClient::Impl::on(const wire::DataPiece& message, Beside& beside) {
  if (beside.bulk == beside.envelope.bulk.size()) {
    return broken(message.request, "a DataPiece without its bytes");
  }
  const Buffer& bytes = beside.envelope.bulk[beside.bulk++];
  const auto found = gets.find(message.request);
  if (found == gets.end()) return broken(message.request, "a DataPiece nobody asked for");
  Get& get = found->second;
  if (!get.assembly) return broken(message.request, "a DataPiece before its DataHeader");
  if (auto added = get.assembly->add(message, bytes); !added) return added;
  if (get.assembly->complete()) {
    const auto missing = std::move(get.missing);
    got(message.request, get.assembly->take_values(), missing);
    return {};
  }
  get.to_grant += bytes.size();
  if (get.to_grant >= kDefaultCredit / 4) {
    const wire::DataCredit credit{message.request, std::exchange(get.to_grant, 0)};
    outgoing.push_back({wire::encode(credit), {}, {}});
  }
  return {};
}

Result<> TransferClient::Impl::on(const wire::DataCredit& message, Beside& /*beside*/) {
  const auto found = puts.find(message.request);
  if (found == puts.end()) return {};  // the request ended meanwhile
  auto& sender = found->second.sender;
  if (!sender) return broken(message.request, "credit for values passed by pointer");
  if (auto granted = sender->grant(message.bytes); !granted) return granted;
  wire::FrameWriter writer;
  pump(*sender, writer);
  return {};
}

Result<> TransferClient::Impl::on(const wire::PutDone& message, Beside& /*beside*/) {
  const auto found = puts.find(message.request);
  if (found == puts.end()) return {};  // pieces that crossed a refusal are refused again
  if (message.refused.empty()) {
    if (found->second.sender && !found->second.sender->done()) {
      return broken(message.request, "PutDone before all pieces were sent");
    }
    if (message.nbytes.size() != message.keys.size()) {
      return broken(message.request, "PutDone with a size for some of its keys only");
    }
  }
  const auto request = found->second.request;
  puts.erase(found);
  put_done(request, message);
  return {};
}

TransferClient::TransferClient(bool shares_memory, TransferLimits limits)
    : impl_(new Impl{shares_memory, limits, 0, {}, {}, {}, {}, {}, {}, {}}) {}

TransferClient::~TransferClient() = default;
TransferClient::TransferClient(TransferClient&&) noexcept = default;
TransferClient& TransferClient::operator=(TransferClient&&) noexcept = default;

void TransferClient::get(std::uint64_t request, std::vector<Key> keys) {
  const auto parts = impl_->open(request, false, keys.size()).parts;
  const auto step = parts == 1 ? keys.size() : kKeysPerMessage;
  for (std::size_t part = 0; part < parts; ++part) {
    const auto first = keys.begin() + static_cast<std::ptrdiff_t>(part * step);
    const auto count =
        std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(step), keys.end() - first);
    impl_->waiting.push_back({request, false, {first, first + count}, {}});
  }
  impl_->start_waiting();
}

void TransferClient::put(std::uint64_t request, const std::vector<std::pair<Key, Value>>& values) {
  for (const auto& [key, value] : values) {
    TARTAN_ASSERT(!value.empty(), "only values can be put");
  }
  const auto parts = impl_->open(request, true, values.size()).parts;
  const auto step = parts == 1 ? values.size() : kKeysPerMessage;
  for (std::size_t part = 0; part < parts; ++part) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(part * step);
    const auto count =
        std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(step), values.end() - first);
    impl_->waiting.push_back({request, true, {}, {first, first + count}});
  }
  impl_->start_waiting();
}

Result<> TransferClient::on_envelope(const Envelope& envelope) {
  auto messages = wire::decode(envelope.control);
  if (!messages) return messages.error();
  Beside beside{envelope};
  for (const auto& message : *messages) {
    auto handled = std::visit([&](const auto& m) { return impl_->on(m, beside); }, message);
    if (!handled) return handled;
  }
  if (beside.bulk != envelope.bulk.size() || beside.values != envelope.values.size()) {
    return Error(Errc::malformed, "an envelope with frames that no record speaks of");
  }
  impl_->start_waiting();
  return {};
}

std::vector<Envelope> TransferClient::take_outgoing() { return std::exchange(impl_->outgoing, {}); }
std::vector<TransferClient::Fetched> TransferClient::take_fetched() {
  return std::exchange(impl_->fetched, {});
}
std::vector<TransferClient::Stored> TransferClient::take_stored() {
  return std::exchange(impl_->stored, {});
}

std::vector<std::uint64_t> TransferClient::pending() const {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, request] : impl_->requests) numbers.push_back(number);
  return numbers;
}

}  // namespace tartan::net
