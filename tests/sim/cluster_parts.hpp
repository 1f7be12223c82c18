#pragma once

// The processes of a simulated cluster, private to its sources.

#include <sim/cluster.hpp>

namespace tartan::sim {

struct Cluster::Worker {
  std::size_t slot = 0;
  std::uint64_t number = 0;  ///< of the incarnation
  std::string name;          ///< of the process, in links and traces
  std::string address;
  net::PeerId peer = 0;      ///< as the scheduler knows it
  std::unique_ptr<worker::Node> node;
  bool alive = true;
  Time timer{};
  std::map<net::PeerId, std::function<void(const net::Envelope&)>> data_peers;
};

struct Cluster::Client {
  std::size_t slot = 0;
  std::uint64_t number = 0;
  std::string name;
  net::PeerId peer = 0;
  std::unique_ptr<client::Node> node;
  bool alive = true;
  Time timer{};
  std::uint64_t to_submit = 0;
  std::set<Key> waiting;     ///< wanted, neither value nor failure seen
  std::vector<Key> settled;  ///< still held
};

struct Cluster::Link {
  Time last{};  ///< arrival of the latest message: later ones come after it
};

}  // namespace tartan::sim
