// The columnar graph frame: a header, a descriptor per column, the columns at multiples of 64
// bytes, and the small tables (functions, groups, options) as one msgpack object. Columns that
// say nothing (all equal, counting up) are not sent: their descriptor tells how to make them.
// docs/wire.md gives the layout byte by byte.

#include <algorithm>
#include <core/wire/codec.hpp>
#include <core/wire/decoder.hpp>
#include <core/wire/encoder.hpp>
#include <fmt/format.h>
#include <type_traits>

namespace tartan::wire {
namespace {

constexpr std::uint32_t kGraphMagic = 0x47525431;  // "TRG1" as it lies in memory
constexpr std::uint32_t kGraphVersion = 1;
constexpr std::uint64_t kMostTasks = 0x7FFFFFFF;

/// How a column travels.
enum class Mode : std::uint64_t {
  raw = 0,       ///< value: where its bytes are
  constant = 1,  ///< every entry is value
  ramp = 2,      ///< entry i is i * value
  counted = 3,   ///< entry i counts the earlier tasks of the same group
};

struct Descriptor {
  Mode mode;
  std::uint64_t value;
};

enum Column : std::size_t {
  kKeys,
  kFunction,
  kGroup,
  kGroupIndex,
  kOption,
  kRank,
  kDepOffsets,
  kDeps,
  kArgOffsets,
  kArgs,
  kOutputBytes,
  kScratchBytes,
  kExternalKeys,
  kWanted,
  kTables,
  kColumns
};

struct Header {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint64_t frame_bytes;
  std::uint64_t tasks;
  std::uint64_t deps;
  std::uint64_t arg_bytes;
  std::uint64_t external_keys;
  std::uint64_t wanted;
  std::uint64_t table_bytes;
  Descriptor columns[kColumns];
};
static_assert(sizeof(Header) == 64 + 16 * kColumns && std::is_trivially_copyable_v<Header>);

constexpr std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
}

/// The tables, read and written as one msgpack object.
template <class Functions, class Groups, class Options>
struct Tables {
  Functions& functions;
  Groups& groups;
  Options& options;
};
template <class F, class G, class O>
Tables(F&, G&, O&) -> Tables<F, G, O>;

template <class Archive, class F, class G, class O>
void fields(Archive& a, const Tables<F, G, O>& t) {
  a("functions groups options", t.functions, t.groups, t.options);
}

// ---- encoding -----------------------------------------------------------------------------

template <class T>
bool is_constant(const std::vector<T>& column) {
  return std::all_of(column.begin(), column.end(), [&](T x) { return x == column.front(); });
}

template <class T>
bool is_ramp(const std::vector<T>& column) {
  if (column.size() < 2 || column[0] != 0) return false;
  const T step = column[1];
  std::uint64_t last = 0;  // differences alone wrap around
  if (__builtin_mul_overflow(std::uint64_t{step}, column.size() - 1, &last)) return false;
  if (last != column.back()) return false;
  for (std::size_t i = 1; i < column.size(); ++i) {
    if (column[i] - column[i - 1] != step) return false;
  }
  return true;
}

bool is_counted(const Graph& graph) {
  std::vector<std::uint32_t> next(graph.groups.size(), 0);
  for (std::size_t i = 0; i < graph.size(); ++i) {
    if (graph.group_index[i] != next[graph.group[i]]++) return false;
  }
  return true;
}

/// Decides where each column goes, then writes them all into one block.
class GraphEncoder {
 public:
  explicit GraphEncoder(const Graph& graph) : graph_(graph) {
    ByteSink sink;
    Encoder(sink).object(Tables{graph.functions, graph.groups, graph.options});
    tables_ = sink.take();
    header_ = {kGraphMagic,
               kGraphVersion,
               0,
               graph.size(),
               graph.deps.size(),
               graph.args.size(),
               graph.external_keys.size(),
               graph.wanted.size(),
               tables_.size(),
               {}};
  }

  Buffer run() {
    lay_out();
    header_.frame_bytes = end_;
    MutableBuffer block(end_);
    std::memset(block.data(), 0, sizeof(Header));
    std::memcpy(block.data(), &header_, sizeof(Header));
    std::uint64_t written = sizeof(Header);
    for (const Piece& piece : pieces_) {
      std::memset(block.data() + written, 0, piece.offset - written);
      if (piece.size > 0) std::memcpy(block.data() + piece.offset, piece.bytes, piece.size);
      written = piece.offset + piece.size;
    }
    return std::move(block).freeze();
  }

 private:
  struct Piece {
    std::uint64_t offset;
    const void* bytes;
    std::uint64_t size;
  };

  void lay_out() {
    const Graph& g = graph_;
    raw(kKeys, g.keys);
    elided(kFunction, g.function);
    elided(kGroup, g.group);
    if (is_counted(g)) {
      header_.columns[kGroupIndex] = {Mode::counted, 0};
    } else {
      elided(kGroupIndex, g.group_index);
    }
    elided(kOption, g.option);
    elided(kRank, g.rank);
    elided(kDepOffsets, g.dep_offsets);
    raw(kDeps, g.deps);
    elided(kArgOffsets, g.arg_offsets);
    raw(kArgs, g.args);
    elided(kOutputBytes, g.output_bytes);
    elided(kScratchBytes, g.scratch_bytes);
    raw(kExternalKeys, g.external_keys);
    elided(kWanted, g.wanted);
    place(kTables, tables_.data(), tables_.size());
  }

  template <class T>
  void elided(Column column, const std::vector<T>& entries) {
    if (entries.empty() || is_constant(entries)) {
      header_.columns[column] = {Mode::constant, entries.empty() ? T{0} : entries.front()};
    } else if (is_ramp(entries)) {
      header_.columns[column] = {Mode::ramp, entries[1]};
    } else {
      raw(column, entries);
    }
  }
  template <class T>
  void raw(Column column, const std::vector<T>& entries) {
    place(column, entries.data(), entries.size() * sizeof(T));
  }
  void place(Column column, const void* bytes, std::uint64_t size) {
    const std::uint64_t offset = size == 0 ? end_ : aligned(end_);
    header_.columns[column] = {Mode::raw, offset};
    pieces_.push_back({offset, bytes, size});
    end_ = offset + size;
  }

  const Graph& graph_;
  Buffer tables_;
  Header header_;
  std::vector<Piece> pieces_;
  std::uint64_t end_ = sizeof(Header);
};

// ---- decoding -----------------------------------------------------------------------------

Error bad(std::string message) { return {Errc::malformed, "graph frame: " + std::move(message)}; }

/// Reads columns from a frame nobody vouches for. Stops at the first fault and keeps it.
class GraphDecoder {
 public:
  explicit GraphDecoder(const Buffer& frame) : frame_(frame) {}

  Result<Graph> run() {
    if (auto ok = read_header(); !ok) return ok.error();
    read_columns();
    if (fault_.empty()) read_tables();
    if (fault_.empty()) read_group_index();
    if (!fault_.empty()) return bad(std::move(fault_));
    if (auto ok = graph_.validate(); !ok) return ok.error();
    return std::move(graph_);
  }

 private:
  Result<> read_header() {
    if (frame_.size() < sizeof(Header)) {
      return bad(fmt::format("{} bytes are less than its header", frame_.size()));
    }
    std::memcpy(&header_, frame_.data(), sizeof(Header));
    if (header_.magic != kGraphMagic) return bad("it does not start with the mark of a graph");
    if (header_.version != kGraphVersion) {
      return Error(Errc::version_mismatch,
                   fmt::format("graph frame of version {}, but this program reads version {}; use "
                               "one release of tartan everywhere",
                               header_.version, kGraphVersion));
    }
    if (header_.frame_bytes != frame_.size()) {
      return bad(fmt::format("it says it has {} bytes, but {} arrived", header_.frame_bytes,
                             frame_.size()));
    }
    if (header_.tasks > kMostTasks) return bad(fmt::format("{} tasks are too many", header_.tasks));
    if (header_.wanted > header_.tasks) return bad("it wants more tasks than it has");
    return {};
  }

  // Keys, dependencies, arguments and external keys always travel in full. So their counts are
  // backed by bytes of the frame, and bound what the other columns can make us allocate.
  void read_columns() {
    const std::uint64_t n = header_.tasks;
    read_raw(kKeys, n, graph_.keys);
    read_raw(kDeps, header_.deps, graph_.deps);
    read_raw(kArgs, header_.arg_bytes, graph_.args);
    read_raw(kExternalKeys, header_.external_keys, graph_.external_keys);
    read(kFunction, n, graph_.function);
    read(kGroup, n, graph_.group);
    read(kOption, n, graph_.option);
    read(kRank, n, graph_.rank);
    read(kDepOffsets, n + 1, graph_.dep_offsets);
    read(kArgOffsets, n + 1, graph_.arg_offsets);
    read(kOutputBytes, n, graph_.output_bytes);
    read(kScratchBytes, n, graph_.scratch_bytes);
    read(kWanted, header_.wanted, graph_.wanted);
  }

  template <class T>
  void read_raw(Column column, std::uint64_t count, std::vector<T>& out) {
    if (!fault_.empty()) return;
    const Descriptor& d = header_.columns[column];
    if (d.mode != Mode::raw) return fault(column, "must travel in full");
    const std::uint64_t size = frame_.size();
    if (d.value > size || count > (size - d.value) / sizeof(T)) {
      return fault(column, fmt::format("of {} entries does not fit into the frame", count));
    }
    out.resize(count);
    if (count > 0) std::memcpy(out.data(), frame_.data() + d.value, count * sizeof(T));
  }

  template <class T>
  void read(Column column, std::uint64_t count, std::vector<T>& out) {
    if (!fault_.empty()) return;
    const Descriptor& d = header_.columns[column];
    if (d.mode == Mode::raw) return read_raw(column, count, out);
    if (d.mode != Mode::constant && d.mode != Mode::ramp) {
      return fault(column, fmt::format("travels in mode {}, which is not known",
                                       static_cast<std::uint64_t>(d.mode)));
    }
    std::uint64_t last = d.value;
    const std::uint64_t steps = d.mode == Mode::ramp && count > 0 ? count - 1 : 1;
    if (__builtin_mul_overflow(d.value, steps, &last) || last > std::numeric_limits<T>::max()) {
      return fault(column, "holds numbers too large for it");
    }
    if (d.mode == Mode::constant) {
      out.assign(count, static_cast<T>(d.value));
      return;
    }
    out.resize(count);
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<T>(i * d.value);
  }

  void read_tables() {
    const Descriptor& d = header_.columns[kTables];
    const std::uint64_t size = frame_.size();
    if (d.mode != Mode::raw || d.value > size || header_.table_bytes > size - d.value) {
      return fault(kTables, "do not fit into the frame");
    }
    const Buffer bytes = frame_.slice(d.value, header_.table_bytes);
    Budget budget = Budget::for_frame(bytes.size());
    std::vector<Token> tokens;
    std::size_t offset = 0;
    if (auto ok = parse_tokens(bytes.bytes(), offset, budget, tokens); !ok) {
      return fault(kTables, ok.error().message());
    }
    Decoder decoder(bytes, tokens, budget);
    Tables tables{graph_.functions, graph_.groups, graph_.options};
    decoder.object(tables);
    if (decoder.failed()) fault(kTables, decoder.complaint());
  }

  void read_group_index() {
    if (header_.columns[kGroupIndex].mode != Mode::counted) {
      return read(kGroupIndex, header_.tasks, graph_.group_index);
    }
    std::vector<std::uint32_t> next(graph_.groups.size(), 0);
    graph_.group_index.resize(graph_.size());
    for (std::size_t i = 0; i < graph_.size(); ++i) {
      const std::uint32_t group = graph_.group[i];
      if (group >= next.size()) return fault(kGroup, "names a group that is not in the table");
      graph_.group_index[i] = next[group]++;
    }
  }

  void fault(Column column, std::string_view what) {
    static constexpr std::string_view kNames[kColumns] = {
        "keys",         "function",      "group",         "group_index", "option",
        "rank",         "dep_offsets",   "deps",          "arg_offsets", "args",
        "output_bytes", "scratch_bytes", "external_keys", "wanted",      "tables"};
    fault_ = fmt::format("{} {}", kNames[column], what);
  }

  const Buffer& frame_;
  Header header_{};
  Graph graph_;
  std::string fault_;
};

}  // namespace

Buffer encode_graph(const Graph& graph) { return GraphEncoder(graph).run(); }

Result<Graph> decode_graph(const Buffer& frame) { return GraphDecoder(frame).run(); }

}  // namespace tartan::wire
