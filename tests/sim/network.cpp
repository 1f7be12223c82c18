#include <algorithm>
#include <core/wire/codec.hpp>
#include <sim/network.hpp>
#include <tuple>

namespace tartan::sim {

using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

/// The frame with its records as `keep` leaves them, without those that it refuses. Empty when none
/// are left, or it cannot be read.
Buffer edited(const Buffer& frame, const std::function<bool(wire::Message&)>& keep) {
  auto records = wire::decode(frame);
  if (!records) return {};
  wire::FrameWriter rest;
  for (wire::Message& record : *records) {
    if (keep(record)) rest.add(record);
  }
  return rest.empty() ? Buffer() : rest.take();
}

}  // namespace

Network::Network(Timeline& timeline, Random random, Faults& faults)
    : timeline_(timeline), random_(random), faults_(faults) {}

void Network::set_chances(double slow, double duplicate) {
  slow_chance_ = slow;
  duplicate_chance_ = duplicate;
}

void Network::send(Packet packet) {
  if (!dropped_kind_.empty() && lose_kind(packet.envelope)) return;
  if (clogged_.contains(packet.from) || clogged_.contains(packet.to)) {
    held_.push_back(std::move(packet));
    return;
  }
  transmit(std::move(packet));
}

Network::Link& Network::link(const Packet& packet) {
  const auto [found, fresh] = links_.try_emplace({packet.from, packet.to, packet.plane});
  if (fresh && random_.chance(0.1)) found->second.lag = milliseconds(random_.below(100));
  return found->second;
}

void Network::transmit(Packet packet) {
  Link& link = this->link(packet);
  Duration delay = microseconds(20 + random_.below(400)) + (healthy_ ? Duration{} : link.lag);
  if (!healthy_ && random_.chance(slow_chance_)) {
    delay += milliseconds(random_.below(2000));
    ++faults_["delay"];
  }
  link.last = std::max(link.last + microseconds(1), timeline_.now() + delay);
  const std::uint64_t epoch = epochs_[std::minmax(packet.from, packet.to)];
  const auto delivery = [this, packet = std::move(packet), epoch, sent = timeline_.now()] {
    arrive(packet, epoch, sent);
  };
  timeline_.at(link.last, delivery);
  if (!healthy_ && random_.chance(duplicate_chance_)) {
    ++faults_["duplicate"];
    timeline_.at(link.last + microseconds(random_.below(50'000)), delivery);
  }
}

void Network::arrive(const Packet& packet, std::uint64_t epoch, Time sent) {
  if (epochs_[std::minmax(packet.from, packet.to)] != epoch) {
    ++faults_["lost in a reset"];
    return;
  }
  if (const auto found = blocked_.find({packet.from, packet.to});
      found != blocked_.end() && timeline_.now() < found->second) {
    ++faults_["lost in a partition"];
    return;
  }
  Time& newest = newest_[packet.to];
  if (sent < newest) ++faults_["reorder across links"];
  newest = std::max(newest, sent);
  const auto damaged = spoilt(packet);
  hand_over(damaged ? *damaged : packet);
}

void Network::hand_over(const Packet& packet) {
  if (witness_) witness_(packet);
  packet.deliver(packet.envelope);
}

void Network::block(Id from, Id to, Time until) {
  Time& blocked = blocked_[{from, to}];
  blocked = std::max(blocked, until);
}

void Network::unclog(Id process) {
  clogged_.erase(process);
  for (Packet& packet : std::exchange(held_, {})) {
    if (clogged_.contains(packet.from) || clogged_.contains(packet.to)) {
      held_.push_back(std::move(packet));
    } else {
      transmit(std::move(packet));
    }
  }
}

void Network::heal() {
  healthy_ = true;
  blocked_.clear();
  for (const Id process : std::set(clogged_)) unclog(process);
}

/// True when nothing is left of the envelope.
bool Network::lose_kind(net::Envelope& envelope) {
  std::uint64_t lost = 0;
  const Buffer rest = edited(envelope.control, [&](const wire::Message& record) {
    const bool stays = wire::kind_name(record) != dropped_kind_;
    lost += stays ? 0 : 1;
    return stays;
  });
  if (lost == 0) return false;
  faults_["dropped for ever"] += lost;
  // Only pieces have bulk frames, one each.
  if (dropped_kind_ == "DataPiece") envelope.bulk.clear();
  if (rest.empty()) return true;
  envelope.control = rest;
  return false;
}

bool Network::spoil(wire::Message& record) {
  auto* piece = std::get_if<wire::ModulePiece>(&record);
  if (piece == nullptr || piece->bytes.empty() || spoiler_.left == 0) return false;
  if (!spoiler_.random.chance(0.2)) return false;
  --spoiler_.left;
  ++faults_["damaged piece of a module"];
  std::string bytes(piece->bytes.text());
  char& byte = bytes[spoiler_.random.below(bytes.size())];
  byte = static_cast<char>(byte ^ (1U << spoiler_.random.below(8)));
  piece->bytes = Buffer::copy(bytes);
  return true;
}

/// The packet with a damaged piece of a module in it.
std::optional<Network::Packet> Network::spoilt(const Packet& packet) {
  if (healthy_ || spoiler_.left == 0) return std::nullopt;
  bool changed = false;
  const Buffer frame = edited(packet.envelope.control, [&](wire::Message& record) {
    changed |= spoil(record);
    return true;
  });
  if (!changed) return std::nullopt;
  Packet other = packet;
  other.envelope.control = frame;
  return other;
}

}  // namespace tartan::sim
