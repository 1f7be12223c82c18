#include <algorithm>
#include <core/net/local.hpp>
#include <deque>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <unordered_map>

namespace tartan::net {

namespace {

/// Envelopes queued per peer and direction.
std::size_t capacity_of(Plane plane) { return plane == Plane::control ? 1000 : 64; }

/// One channel's connection; guarded by its Hub's mutex.
struct Link {
  PeerId id = 0;
  bool open = true;
  std::shared_ptr<Wakeup> channel;
  std::deque<Envelope> to_channel;
  std::size_t queued_to_listener = 0;
  bool channel_blocked = false;  ///< its send answered full
  bool listener_blocked = false;
};

struct Hub {
  std::mutex mutex;
  // All below is guarded by mutex.
  std::shared_ptr<Wakeup> listener;  ///< null while nobody listens
  bool closed = false;               ///< a listener has been here and went
  std::unordered_map<PeerId, std::shared_ptr<Link>> links;
  std::deque<std::pair<PeerId, Envelope>> inbox;
};

/// Names to hubs, for as long as somebody uses them.
class Registry {
 public:
  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  std::shared_ptr<Hub> open(const std::string& name) {
    const std::lock_guard lock(mutex_);
    std::erase_if(hubs_, [](const auto& entry) { return entry.second.expired(); });
    auto hub = hubs_[name].lock();
    if (!hub) hubs_[name] = hub = std::make_shared<Hub>();
    return hub;
  }
  std::uint64_t next_number() {
    const std::lock_guard lock(mutex_);
    return ++last_number_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Hub>> hubs_;  // guarded by mutex_
  std::uint64_t last_number_ = 0;                   // guarded by mutex_
};

class LocalListener final : public Listener, public LocalSocket {
 public:
  LocalListener(std::shared_ptr<LoopState> loop, std::shared_ptr<Hub> hub, std::string address,
                Plane plane)
      : loop_(std::move(loop)),
        hub_(std::move(hub)),
        address_(std::move(address)),
        capacity_(capacity_of(plane)) {
    loop_->local.push_back(this);
  }

  ~LocalListener() override {
    std::erase(loop_->local, this);
    std::deque<std::pair<PeerId, Envelope>> unread;  // destroyed outside the lock
    const std::lock_guard lock(hub_->mutex);
    hub_->listener = nullptr;
    hub_->closed = true;
    for (auto& [id, link] : hub_->links) close(*link);
    hub_->links.clear();
    unread.swap(hub_->inbox);
  }

  const std::string& address() const override { return address_; }
  bool shares_memory() const override { return true; }

  Sent send(PeerId to, Envelope& envelope) override {
    const std::lock_guard lock(hub_->mutex);
    const auto found = hub_->links.find(to);
    if (found == hub_->links.end()) return Sent::gone;
    Link& link = *found->second;
    if (link.to_channel.size() >= capacity_) {
      link.listener_blocked = true;
      return Sent::full;
    }
    link.to_channel.push_back(std::move(envelope));
    envelope = {};
    if (link.to_channel.size() == 1) link.channel->signal();
    return Sent::ok;
  }

  bool receive(PeerId& from, Envelope& envelope) override {
    const std::lock_guard lock(hub_->mutex);
    while (!hub_->inbox.empty()) {
      from = hub_->inbox.front().first;
      envelope = std::move(hub_->inbox.front().second);
      hub_->inbox.pop_front();
      const auto found = hub_->links.find(from);
      // A channel that sent its goodbye and closed is still heard; a dropped peer is not.
      if (found == hub_->links.end()) {
        if (std::find(dropped_.begin(), dropped_.end(), from) != dropped_.end()) continue;
        return true;
      }
      Link& link = *found->second;
      --link.queued_to_listener;
      if (link.channel_blocked) {
        link.channel_blocked = false;
        link.channel->signal();
      }
      return true;
    }
    dropped_.clear();
    return false;
  }

  void drop(PeerId peer) override {
    const std::lock_guard lock(hub_->mutex);
    const auto found = hub_->links.find(peer);
    if (found == hub_->links.end()) return;
    close(*found->second);
    hub_->links.erase(found);
    dropped_.push_back(peer);
  }

  bool has_input() const override {
    const std::lock_guard lock(hub_->mutex);
    return !hub_->inbox.empty();
  }

 private:
  static void close(Link& link) {
    link.open = false;
    link.channel->signal();
  }

  std::shared_ptr<LoopState> loop_;
  std::shared_ptr<Hub> hub_;
  std::string address_;
  std::size_t capacity_;
  std::vector<PeerId> dropped_;  ///< peers that may still have envelopes in the inbox
};

class LocalChannel final : public Channel, public LocalSocket {
 public:
  LocalChannel(std::shared_ptr<LoopState> loop, std::shared_ptr<Hub> hub, Plane plane)
      : loop_(std::move(loop)), hub_(std::move(hub)), capacity_(capacity_of(plane)) {
    loop_->local.push_back(this);
    const std::lock_guard lock(hub_->mutex);
    if (!hub_->closed || hub_->listener) link();
  }

  ~LocalChannel() override {
    std::erase(loop_->local, this);
    const std::lock_guard lock(hub_->mutex);
    if (!link_) return;
    hub_->links.erase(link_->id);
    link_->open = false;
    if (hub_->listener && link_->listener_blocked) hub_->listener->signal();
  }

  bool shares_memory() const override { return true; }

  Sent send(Envelope& envelope) override {
    const std::lock_guard lock(hub_->mutex);
    if (!link_ || !link_->open) {
      if (!hub_->listener) return Sent::gone;
      // What the old listener sent is still to be read; the new one starts behind it.
      auto unread = link_ ? std::move(link_->to_channel) : std::deque<Envelope>{};
      link();
      link_->to_channel = std::move(unread);
    }
    if (link_->queued_to_listener >= capacity_) {
      link_->channel_blocked = true;
      return Sent::full;
    }
    hub_->inbox.emplace_back(link_->id, std::move(envelope));
    envelope = {};
    ++link_->queued_to_listener;
    if (hub_->inbox.size() == 1 && hub_->listener) hub_->listener->signal();
    return Sent::ok;
  }

  bool receive(Envelope& envelope) override {
    const std::lock_guard lock(hub_->mutex);
    if (!link_ || link_->to_channel.empty()) return false;
    envelope = std::move(link_->to_channel.front());
    link_->to_channel.pop_front();
    if (link_->listener_blocked && hub_->listener) {
      link_->listener_blocked = false;
      hub_->listener->signal();
    }
    return true;
  }

  bool has_input() const override {
    const std::lock_guard lock(hub_->mutex);
    return link_ && !link_->to_channel.empty();
  }

 private:
  /// Makes a new connection; the Hub's mutex is held.
  void link() {
    link_ = std::make_shared<Link>();
    link_->id = Registry::instance().next_number();
    link_->channel = loop_->wakeup;
    hub_->links[link_->id] = link_;
  }

  std::shared_ptr<LoopState> loop_;
  std::shared_ptr<Hub> hub_;
  std::size_t capacity_;
  std::shared_ptr<Link> link_;  ///< null until there has been a listener to link to
};

}  // namespace

Result<std::unique_ptr<Listener>> listen_local(std::shared_ptr<LoopState> loop, std::string name,
                                               Plane plane) {
  if (name == "*") name = fmt::format("socket-{}", Registry::instance().next_number());
  auto hub = Registry::instance().open(name);
  {
    const std::lock_guard lock(hub->mutex);
    if (hub->listener) {
      return Error(Errc::address_in_use,
                   fmt::format("local://{} is in use by another listener of this process; choose "
                               "another name, or local://* for a free one",
                               name));
    }
    hub->listener = loop->wakeup;
    hub->closed = false;
    if (!hub->inbox.empty()) loop->wakeup->signal();
  }
  return std::make_unique<LocalListener>(std::move(loop), std::move(hub), "local://" + name, plane);
}

std::unique_ptr<Channel> connect_local(std::shared_ptr<LoopState> loop, std::string name,
                                       Plane plane) {
  return std::make_unique<LocalChannel>(std::move(loop), Registry::instance().open(name), plane);
}

}  // namespace tartan::net
