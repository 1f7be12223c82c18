#pragma once

// The virtual network. Every link delivers in order (as TCP does) after a random delay, so that
// messages on different links overtake each other. On top come the faults: what is lost, held or
// doubled is decided here, what processes do about it is theirs.

#include <core/net/transport.hpp>
#include <core/wire/messages.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sim/timeline.hpp>
#include <string>
#include <string_view>
#include <tartan/base/random.hpp>
#include <vector>

namespace tartan::sim {

using Faults = std::map<std::string, std::uint64_t>;

class Network {
 public:
  using Id = std::uint32_t;  ///< a process

  struct Packet {
    Id from = 0;
    Id to = 0;
    net::Plane plane = net::Plane::control;
    net::Envelope envelope;
    std::function<void(const net::Envelope&)> deliver;
  };
  using Witness = std::function<void(const Packet&)>;

  Network(Timeline& timeline, Random random, Faults& faults);

  void send(Packet packet);
  /// Sees every packet that arrives.
  void watch(Witness witness) { witness_ = std::move(witness); }
  /// Every record of this kind is lost, for ever.
  void drop_kind(std::string kind) { dropped_kind_ = std::move(kind); }

  void set_chances(double slow, double duplicate);
  /// At most so many pieces of modules arrive with another byte than they were sent with.
  void spoil_modules(std::uint64_t most, Random random) { spoiler_ = {most, random}; }
  /// One direction, or both, between two processes lose everything until then.
  void block(Id from, Id to, Time until);
  /// What goes to or comes from the process is held back, and delivered after unclog().
  void clog(Id process) { clogged_.insert(process); }
  void unclog(Id process);
  /// What is under way between the two, both ways, is lost.
  void reset(Id a, Id b) { ++epochs_[std::minmax(a, b)]; }
  /// No fault happens from here on; what was dropped for ever still is.
  void heal();

 private:
  struct Link {
    Time last{};     ///< arrival of the latest message: later ones come after it
    Duration lag{};  ///< of every message on it
  };

  Link& link(const Packet& packet);
  void transmit(Packet packet);
  void arrive(const Packet& packet, std::uint64_t epoch, Time sent);
  void hand_over(const Packet& packet);
  bool lose_kind(net::Envelope& envelope);
  bool spoil(wire::Message& record);
  std::optional<Packet> spoilt(const Packet& packet);

  struct Spoiler {
    std::uint64_t left = 0;
    Random random{0};
  };

  Timeline& timeline_;
  Random random_;
  Faults& faults_;
  Witness witness_;
  std::string dropped_kind_;
  bool healthy_ = false;
  double slow_chance_ = 0;
  double duplicate_chance_ = 0;
  Spoiler spoiler_;
  std::map<std::tuple<Id, Id, net::Plane>, Link> links_;
  std::map<std::pair<Id, Id>, Time> blocked_;
  std::map<std::pair<Id, Id>, std::uint64_t> epochs_;
  std::set<Id> clogged_;
  std::vector<Packet> held_;
  std::map<Id, Time> newest_;  ///< by receiver: when the newest message it got was sent
};

}  // namespace tartan::sim
