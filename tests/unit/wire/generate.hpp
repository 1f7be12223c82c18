#pragma once

// Random messages and graphs, by seed: every field filled through the same fields() that the
// codec uses, columns of one message equally long.

#include <core/wire/fields.hpp>
#include <string>
#include <tartan/base/random.hpp>
#include <tartan/graph/graph.hpp>

namespace tartan::test {

class Filler {
 public:
  Filler(Random& random, std::size_t entries) : random_(random), entries_(entries) {}

  template <class... Fields>
  void operator()(std::string_view, Fields&... values) {
    (fill(values), ...);
  }

 private:
  template <class T>
  void fill(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = random_.chance(0.5);
    } else if constexpr (std::is_same_v<T, wire::Role>) {
      value = static_cast<wire::Role>(1 + random_.below(3));
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(random_.next());
    } else if constexpr (std::is_floating_point_v<T>) {
      value = random_.uniform() - 0.5;
    } else if constexpr (std::is_arithmetic_v<T>) {
      value = static_cast<T>(random_.next() >> random_.below(64));  // every width of integer
    } else {
      wire::fields(*this, value);
    }
  }
  void fill(std::byte& byte) { byte = static_cast<std::byte>(random_.next()); }
  void fill(Key& key) { key = {random_.next(), random_.next()}; }
  void fill(Buffer& buffer) { buffer = Buffer::copy(text(200)); }
  void fill(std::string& value) { value = text(40); }
  void fill(std::map<std::string, double>& map) {
    for (std::uint64_t i = random_.below(3); i > 0; --i) map[text(8)] = random_.uniform();
  }
  void fill(wire::BlobColumn& column) {
    for (std::size_t i = 0; i < entries_; ++i) {
      const std::string blob = text(20);
      column.push_back(std::as_bytes(std::span(blob)));
    }
  }
  template <class T>
  void fill(std::vector<T>& column) {
    column.resize(entries_);
    for (T& entry : column) fill(entry);
  }

  std::string text(std::size_t most) {
    std::string result(random_.below(most + 1), ' ');
    for (char& c : result) c = static_cast<char>(random_.next());
    return result;
  }

  Random& random_;
  std::size_t entries_;
};

// Where equal lengths are not enough.
template <class M>
void settle(M&) {}
inline std::vector<std::uint32_t> one_each(std::size_t count) {
  std::vector<std::uint32_t> offsets(count + 1);
  for (std::uint32_t i = 0; i <= count; ++i) offsets[i] = i;
  return offsets;
}
inline void settle(wire::Holders& m) {
  m.offsets = one_each(m.keys.size());
  for (auto& key : m.failed) key %= static_cast<std::uint32_t>(m.keys.size());
}
inline void settle(wire::Coordinated& m) {
  for (auto& count : m.key_counts) count = 1;
}
inline void settle(wire::ComputeTasks& m) {
  m.dep_offsets = one_each(m.size());
  for (auto& set : m.resources) set %= static_cast<std::uint32_t>(m.size() + 1);
}
inline void settle(wire::ActorCall& m) {
  for (auto& method : m.method) method %= static_cast<std::uint32_t>(m.methods.size());
}
inline void settle(wire::ActorReply& m) {
  for (auto& call : m.failed) call %= static_cast<std::uint32_t>(m.numbers.size());
}
inline void settle(wire::DataHeader& m) {
  for (auto& count : m.frame_counts) count = 1;
  for (auto& size : m.frame_sizes) size >>= 16;
}

template <class M>
M random_message_of(Random& random, std::size_t entries) {
  M message;
  Filler filler(random, entries);
  wire::fields(filler, message);
  settle(message);
  return message;
}

/// A message of the kind with this place in the variant.
template <std::size_t I = 0>
wire::Message random_message(Random& random, std::size_t place, std::size_t entries) {
  if constexpr (I < std::variant_size_v<wire::Message>) {
    if (place == I) {
      return random_message_of<std::variant_alternative_t<I, wire::Message>>(random, entries);
    }
    return random_message<I + 1>(random, place, entries);
  }
  return {};
}

inline wire::Message random_message(Random& random) {
  const std::size_t place = random.below(std::variant_size_v<wire::Message>);
  return random_message<0>(random, place, random.below(5));
}

/// A graph of up to `most` tasks with a little of everything.
inline Graph random_graph(Random& random, std::size_t most) {
  std::vector<FunctionInfo> functions(3);
  for (std::size_t i = 0; i < functions.size(); ++i) {
    functions[i].ref = {Key{1, i}, "symbol" + std::to_string(i), random.next(), i == 0};
    functions[i].name = "f" + std::to_string(i);
  }
  const TaskOptions picky{2, -7, {"alice", "tcp://h:1"}, {{"gpu", 0.5}}};
  GraphBuilder builder;
  std::vector<GraphBuilder::Ref> refs{builder.external(Key{9, 9})};
  const std::size_t size = random.below(most + 1);
  for (std::size_t i = 0; i < size; ++i) {
    std::vector<GraphBuilder::Ref> deps(random.below(3));
    for (auto& dep : deps) dep = refs[random.below(refs.size())];
    const std::string arguments(random.below(9), static_cast<char>(i));
    refs.push_back(builder.add({.key = {},
                                .function = &functions[random.below(3)],
                                .group = random.chance(0.2) ? "special" : "",
                                .dependencies = deps,
                                .arguments = std::as_bytes(std::span(arguments)),
                                .output_bytes = random.below(2) * 1000,
                                .scratch_bytes = random.below(2) * 8,
                                .options = random.chance(0.2) ? &picky : nullptr}));
    if (random.chance(0.7)) builder.want(refs.back());
  }
  return builder.build();
}

}  // namespace tartan::test
