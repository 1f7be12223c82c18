#pragma once

// Every message between processes, as plain structs. docs/wire.md gives them byte by byte.
//
// A control frame is a sequence of records; a record is a msgpack array [kind, field, ...].
// Hot records carry columns (msgpack bin, little-endian), so a turn's work for one peer is one
// frame with a handful of records whatever the number of tasks. Trailing unknown fields are
// skipped; an unknown kind is an error. Records are handled in the order they stand.
//
// A worker is named by the number the scheduler gave it in Welcome (never reused). A running task
// is named by its attempt id: low 32 bits the scheduler's task index, high 32 bits a counter, so
// that a late message of an older attempt is recognised and dropped without a look-up.

#include <cstdint>
#include <map>
#include <string>
#include <tartan/base/buffer.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/key.hpp>
#include <tartan/value/function.hpp>
#include <variant>
#include <vector>

namespace tartan::wire {

inline constexpr std::uint32_t kMagic = 0x54525431;  // "TRT1"
inline constexpr std::uint32_t kProtocolVersion = 1;
/// Results up to this size ride inside control records.
inline constexpr std::size_t kInlineBytes = 4096;

using AttemptId = std::uint64_t;
using WorkerId = std::uint32_t;
inline constexpr WorkerId kNoWorker = 0xFFFFFFFF;

/// Blobs of varying length, one after the other. offsets has size() + 1 entries, or none at all
/// when the column is empty.
struct BlobColumn {
  std::vector<std::uint64_t> offsets;
  std::vector<std::byte> bytes;

  std::size_t size() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  std::span<const std::byte> operator[](std::size_t i) const {
    return {bytes.data() + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
  }
  void push_back(std::span<const std::byte> blob);
};

enum class Role : std::uint8_t { client = 1, worker = 2, tool = 3 };

// ---- any peer and the scheduler -----------------------------------------------------------

/// First record of every connection. Sent again until Welcome or Refused arrives.
struct Hello {
  std::uint32_t magic = kMagic;
  std::uint32_t protocol = kProtocolVersion;
  Role role = Role::client;
  std::string name;   ///< for people; the scheduler makes it unique
  Key incarnation;    ///< random per process start
  std::string build;  ///< version and build id, for messages
  std::string host;
  std::uint32_t pid = 0;
  std::string data_address;                 ///< worker: where peers and clients fetch values
  std::uint32_t nthreads = 0;               ///< worker
  std::uint64_t memory_limit = 0;           ///< worker, bytes
  std::map<std::string, double> resources;  ///< worker
  // A worker that was started in the place of one that died, and what its parent process saw.
  Key predecessor;                             ///< incarnation of the dead one; null: none
  std::string predecessor_end;                 ///< "was killed by SIGABRT (Aborted)"
  std::uint64_t predecessor_peak = 0;          ///< most resident bytes it had
  std::vector<std::uint64_t> predecessor_ran;  ///< attempts its threads were running
  Key of_worker;                               ///< client of a worker's tasks: its incarnation
  bool nanny = false;  ///< worker: its parent process starts it anew when it ends with an error
};
struct Welcome {
  std::uint32_t protocol = kProtocolVersion;
  Key scheduler;                   ///< incarnation
  WorkerId worker = kNoWorker;     ///< the number of a worker
  std::string name;                ///< as made unique
  std::uint64_t heartbeat_ns = 0;  ///< interval the peer is to keep
  std::uint64_t lease_ns = 0;      ///< silence after which the peer is taken for dead
  std::uint32_t client = 0;        ///< the number of a client; another one: it was taken for dead
  std::uint64_t news = 0;          ///< the last number of KeysReady or KeysFailed before this
};
/// The scheduler will not talk to this peer; a sentence says why and what to do.
struct Refused {
  std::string reason;
};
struct Goodbye {
  std::string reason;
};
/// The scheduler does not know the sender (any more), or not as the sender's heartbeats say: it
/// must say Hello again.
struct Unknown {};
/// The scheduler is there. Sent once a heartbeat interval to peers it had nothing to say to; in
/// sending it the transport finds connections that broke.
struct Beat {};

// ---- client -> scheduler ------------------------------------------------------------------

/// Lets the scheduler notice a lost message: a client that disagrees is told Unknown, and says
/// everything again after the Welcome.
struct ClientHeartbeat {
  std::uint64_t held = 0;         ///< keys the scheduler was asked to hold
  std::uint64_t held_digest = 0;  ///< XOR of digest_of over them
  std::uint64_t news = 0;         ///< of KeysReady or KeysFailed, up to which none is missing
};
/// A graph frame (encode_graph in wire/codec.hpp). The client holds its wanted keys from here on.
struct SubmitGraph {
  std::uint64_t submission = 0;
  Buffer frame;
  std::vector<Key> modules = {};               ///< of the graph's functions, those it can bring ...
  std::vector<std::string> module_names = {};  ///< ... and how people call them
  std::vector<std::string> signatures = {};    ///< of its functions, where not said before
};
/// The client holds keys that exist already (a future passed on, a scatter, a persist).
struct HoldKeys {
  std::vector<Key> keys;
};
struct ReleaseKeys {
  std::vector<Key> keys;
};
/// Not heeded once a later graph has been read: then it has come twice, and its keys may be wanted
/// anew.
struct CancelKeys {
  std::vector<Key> keys;
  std::uint64_t submission = 0;  ///< of the last graph before it
};
/// Tasks that are to run to their end though nobody will hold their keys. Answered Acknowledged.
struct DetachKeys {
  std::vector<Key> keys;
  std::uint64_t request = 0;
};
/// Failed tasks are to run anew, with the failed ones they depend on; the client holds them.
/// Answered Acknowledged; one that comes twice is one.
struct RetryKeys {
  std::vector<Key> keys;
  std::uint64_t request = 0;
};
struct WhoHas {
  std::uint64_t request = 0;
  std::vector<Key> keys;
};
/// A fetch from the named worker did not deliver the key; the scheduler checks and answers by
/// KeysReady or KeysFailed once it has it again.
struct ReportMissing {
  std::vector<Key> keys;
  std::vector<WorkerId> holders;
};
/// Asks for the cluster's state as JSON: "workers", "tasks", ...
struct InfoRequest {
  std::uint64_t request = 0;
  std::string topic;
};
/// Everything the client holds, first after a Welcome; the scheduler lets go of the rest. Graphs
/// that may not have arrived follow.
struct HoldsReport {
  std::vector<Key> keys;
};
/// What an operator asks of the cluster, in Administer.
enum class Operate : std::uint8_t {
  retire = 1,     ///< names: workers; count 1: end their processes, 0: only empty them
  replicate = 2,  ///< keys: values; count: copies of each, 0: one on every worker
  rebalance = 3,  ///< keys: values that may be moved; none: all
  restart = 4,    ///< count 1: workers' processes too
};
/// An operation on the running cluster. One that comes twice, as its id says, is one; the answer
/// comes when it is done, refused, or out of time.
struct Administer {
  std::uint64_t request = 0;
  Key id;                 ///< random
  std::uint8_t what = 0;  ///< Operate
  std::vector<Key> keys;
  std::vector<std::string> names;
  std::uint64_t count = 0;
  std::uint64_t timeout_ns = 0;
};

/// What programs and tasks do with the named things they share (docs/wire.md).
enum class Operation : std::uint8_t {
  lock = 1,
  unlock = 2,
  acquire = 3,
  release = 4,
  event_set = 5,
  event_clear = 6,
  event_wait = 7,
  event_is_set = 8,
  queue_put = 9,
  queue_get = 10,
  queue_size = 11,
  variable_set = 12,
  variable_get = 13,
  variable_remove = 14,
  dataset_publish = 15,
  dataset_get = 16,
  dataset_list = 17,
  dataset_unpublish = 18,
  topic_log = 19,
  topic_read = 20,
  topic_follow = 21,
};
/// One operation on a named thing, sent again until it is answered. The scheduler does it once
/// however often it comes, and answers when it is done, which may be after a wait.
struct Coordinate {
  std::uint64_t request = 0;     ///< grows; an acquisition is known by it
  std::uint64_t done_below = 0;  ///< no request with a smaller number will be sent again
  Operation operation = Operation::lock;
  std::string name;
  std::uint64_t amount = 0;       ///< of leases, of items at most, or the first event wanted
  std::uint64_t limit = 0;        ///< all leases there are, or the queue's maxsize
  std::uint64_t acquisition = 0;  ///< what is given back: the request that acquired it
  std::int64_t timeout_ns = -1;   ///< how long it may wait; -1: for ever
  Buffer value;                   ///< packed
  std::vector<Key> keys;          ///< of the futures that are the value
};
/// Nobody waits for the answer any more: what the request was given and nobody has acknowledged is
/// taken back. Answered by Coordinated.
struct Withdraw {
  std::uint64_t request = 0;
  std::uint64_t withdrawn = 0;
};
/// The answers have been read, and the keys in them are held by the client.
struct Acknowledge {
  std::vector<std::uint64_t> requests;
};

/// A part of a task module, as ModuleAsked asks for it; with a request, and no bytes, the offer of
/// a module, which the scheduler answers by ModuleKept when it has all of it.
struct ModulePart {
  std::uint64_t request = 0;
  Key module;  ///< content hash of the file
  std::string name;
  std::uint64_t size = 0;  ///< of the file
  std::uint64_t offset = 0;
  Buffer bytes;
  std::string refused;  ///< why the client cannot bring it; empty: it can
};

// ---- scheduler -> client ------------------------------------------------------------------

/// Results are in memory. inline_values[i] is empty when the result is fetched by WhoHas.
struct KeysReady {
  std::vector<Key> keys;
  std::vector<std::uint64_t> nbytes;
  BlobColumn inline_values;  ///< packed values (pack_value in wire/codec.hpp)
  std::uint64_t news = 0;    ///< numbers KeysReady and KeysFailed of a session from 1 on
};
struct KeysFailed {
  std::vector<Key> keys;
  std::vector<Failure> failures;
  std::uint64_t news = 0;
  /// Of this client's graphs, the last that was accepted before: a later one may make the keys anew.
  std::uint64_t submission = 0;
};
/// A submission was not accepted as a whole (malformed graph, unknown external key, ...).
struct SubmitRefused {
  std::uint64_t submission = 0;
  Failure failure;
};
/// How keys stand: who holds their results, or what came of them. A key with none of these is not
/// done yet, or not known.
struct Holders {
  std::uint64_t request = 0;
  std::vector<Key> keys;
  std::vector<std::uint64_t> nbytes;
  std::vector<std::uint32_t> offsets;  ///< into workers, one more than keys
  std::vector<WorkerId> workers;
  std::vector<WorkerId> table;             ///< every worker named above ...
  std::vector<std::string> addresses;      ///< ... and its data address
  BlobColumn inline_values = {};           ///< of keys that only the scheduler has
  std::vector<std::uint32_t> failed = {};  ///< indices of the keys that failed ...
  std::vector<Failure> failures = {};      ///< ... and why
  std::uint64_t submission = 0;            ///< as in KeysFailed
};
/// The graph has arrived: what it needs from elsewhere is held on its behalf from here on.
struct SubmitAccepted {
  std::uint64_t submission = 0;
};
struct InfoReply {
  std::uint64_t request = 0;
  std::string json;
};
/// What came of an operation, by worker or key; a failure without a message is none.
struct Administered {
  std::uint64_t request = 0;
  std::vector<std::string> names;
  std::vector<std::string> outcomes;
  Failure failure;
};
/// The question with this number has arrived, and what it asks for is done or under way.
struct Acknowledged {
  std::uint64_t request = 0;
};

/// What came of an operation. Sent again until it is acknowledged.
struct Coordinated {
  std::uint64_t request = 0;
  std::uint32_t code = 0;  ///< 0, or the Errc of what went wrong ...
  std::string message;     ///< ... and the sentence for it
  std::uint64_t number = 0;
  BlobColumn values;                      ///< packed
  std::vector<std::uint32_t> key_counts;  ///< how many of the keys belong to each value
  std::vector<Key> keys;
  std::vector<std::uint64_t> times_ns;  ///< of a topic's events, since 1970
  std::vector<std::string> names;
};
/// The bytes of a task module from here on, as many as fit into a ModulePart.
struct ModuleAsked {
  Key module;
  std::uint64_t offset = 0;
};
/// The scheduler has the module that was offered, or says why it will not.
struct ModuleKept {
  std::uint64_t request = 0;
  std::string refused;
};

// ---- scheduler -> worker ------------------------------------------------------------------

/// Functions by number, sent before the first task that uses them.
struct AddFunctions {
  std::vector<std::uint32_t> numbers;
  std::vector<FunctionRef> functions;
  std::vector<std::uint8_t> travels = {};    ///< 1: its module can be asked for; none: all 0
  std::vector<std::string> signatures = {};  ///< in words, empty where not known; none: all
};
/// Data addresses of workers, sent before the first task or key that names them.
struct AddPeers {
  std::vector<WorkerId> workers;
  std::vector<std::string> addresses;
};
/// Tasks to run, in columns. A dependency is held by `holders[d]`; kNoWorker means the receiving
/// worker has it, will have it when an earlier task of its own ends, or finds it in
/// inline_values[d]. output_bytes, scratch_bytes, resources, dep_nbytes and timeouts_ns are empty
/// when all their entries are zero.
struct ComputeTasks {
  std::vector<AttemptId> attempts;
  std::vector<Key> keys;
  std::vector<std::uint32_t> functions;
  std::vector<std::uint64_t> priorities;  ///< smaller runs first
  std::vector<std::uint64_t> output_bytes;
  std::vector<std::uint64_t> scratch_bytes;
  std::vector<std::uint32_t> resources;  ///< 0, or 1 + index into resource_sets
  std::vector<std::map<std::string, double>> resource_sets;
  BlobColumn arguments;
  std::vector<std::uint32_t> dep_offsets;
  std::vector<Key> deps;
  std::vector<std::uint64_t> dep_nbytes;
  std::vector<WorkerId> holders;
  BlobColumn inline_values;                ///< one per dependency, empty where not inline
  std::vector<std::uint64_t> timeouts_ns;  ///< 0: none

  std::size_t size() const { return attempts.size(); }
};
/// Asks for unstarted tasks back; the worker answers Retracted.
struct RetractTasks {
  std::vector<AttemptId> attempts;
};
/// The scheduler no longer wants these attempts; unstarted ones are dropped, a running one's
/// result is thrown away. No answer.
struct CancelAttempts {
  std::vector<AttemptId> attempts;
};
/// Nobody needs these values any more.
struct FreeKeys {
  std::vector<Key> keys;
};
/// Fetch these values and keep a replica (broadcast, replicate).
struct AcquireKeys {
  std::vector<Key> keys;
  std::vector<std::uint64_t> nbytes;
  std::vector<WorkerId> holders;
};
/// New holders for dependencies a worker reported missing; kNoWorker: being recomputed, wait.
struct UpdateHolders {
  std::vector<Key> keys;
  std::vector<WorkerId> holders;
};
/// A part of a task module, as ModuleWanted asked for it.
struct ModulePiece {
  Key module;
  std::uint64_t size = 0;  ///< of the module
  std::uint64_t offset = 0;
  Buffer bytes;
  std::string refused;  ///< why nobody has it; empty: here it is
};
/// Asks for a StateReport, because the heartbeat's digest disagrees.
struct ReportState {
  std::uint64_t request = 0;  ///< not 0; grows
};
/// End the process, cleanly.
struct Shutdown {
  std::string reason;
};
/// End the process. With restart: at once, so that the parent process starts it anew. Without: if
/// it has no task and holds just the values named by count and digest, which others have too; what
/// it got meanwhile is to be saved first, and the scheduler asks again.
struct Leave {
  bool restart = false;
  std::uint64_t held = 0;
  std::uint64_t held_digest = 0;
  std::string reason;
};

// ---- worker -> scheduler ------------------------------------------------------------------

struct TasksFinished {
  std::vector<AttemptId> attempts;
  std::vector<std::uint64_t> nbytes;
  std::vector<std::uint64_t> duration_ns;
  BlobColumn inline_values;  ///< packed values up to kInlineBytes, empty for larger ones
};
struct TaskFailed {
  AttemptId attempt = 0;
  Failure failure;
};
struct Retracted {
  std::vector<AttemptId> attempts;
  std::vector<std::uint8_t> accepted;  ///< 1: given back; 0: already running or done
};
/// Running tasks that have begun (1) or ceased (0) to wait for other tasks. While one waits it
/// takes none of the worker's threads. A heartbeat repeats who waits, in case this is lost.
struct TasksWaiting {
  std::vector<AttemptId> attempts;
  std::vector<std::uint8_t> seceded;
};
/// Values this worker holds besides its own results: fetched replicas, scattered data.
struct DataAdded {
  std::vector<Key> keys;
  std::vector<std::uint64_t> nbytes;
};
/// Values this worker was believed to hold and has dropped.
struct DataDropped {
  std::vector<Key> keys;
};
/// A fetch from the named holder did not deliver; the worker waits for UpdateHolders.
struct DataMissing {
  std::vector<Key> keys;
  std::vector<WorkerId> holders;
};
/// The digests let both sides notice a lost message: XOR of digest_of over what it has.
struct WorkerHeartbeat {
  std::uint64_t attempts = 0;         ///< tasks assigned and not yet reported
  std::uint64_t attempts_digest = 0;  ///< over Key{0, attempt}
  std::uint64_t held = 0;             ///< values in the store
  std::uint64_t held_digest = 0;
  std::uint64_t executing = 0;
  std::uint64_t store_bytes = 0;    ///< of values in memory
  std::uint64_t process_bytes = 0;  ///< resident set of the process
  double cpu = 0;                   ///< busy cores since the last heartbeat
  std::vector<AttemptId> seceded;   ///< every running task that waits for other tasks
  std::uint64_t spilled_bytes = 0;  ///< of values that are on disk alone
  bool paused = false;              ///< starts no task for want of memory
};
/// The worker has been given tasks of a module that it lacks: it wants its bytes from here on, and
/// asks until they come.
struct ModuleWanted {
  Key module;
  std::uint64_t offset = 0;
};
/// Functions the worker has, so that a graph made for others is refused at once. In columns, one
/// entry each; tartan's own are left out.
struct FunctionsKnown {
  std::vector<Key> modules;
  std::vector<std::uint8_t> exact;  ///< 1: it stands for no other module's function
  std::vector<std::string> symbols;
  std::vector<std::uint64_t> signatures;
  std::vector<std::string> texts;  ///< the signatures in words
  bool all = false;                ///< these are all it has
};
struct StateReport {
  std::vector<AttemptId> attempts;
  std::vector<Key> held;
  std::vector<std::uint64_t> nbytes;
  std::uint64_t request = 0;  ///< of the ReportState it answers; 0: nobody asked
};

// ---- data plane (worker or client <-> worker) ---------------------------------------------

/// Asks for values. The sender may have `credit` unacknowledged bytes under way, 64 KiB to 64 MiB.
struct GetData {
  std::uint64_t request = 0;
  std::vector<Key> keys;
  std::uint64_t credit = 0;
};
/// One value's shape: the sizes of its frames; its pieces follow. A key the server does not hold
/// is in `missing`.
struct DataHeader {
  std::uint64_t request = 0;
  std::vector<Key> missing;
  std::vector<Key> keys;
  std::vector<std::uint64_t> types;
  std::vector<std::uint32_t> frame_counts;
  std::vector<std::uint64_t> frame_sizes;
  std::uint64_t shared_values = 0;  ///< in one process: values passed by pointer beside the frame
};
/// Bytes of the values' frames, which are one run: they start at `offset` in frame `frame` (counted
/// over the whole header) and may go on into the frames behind. They travel beside the control
/// frame, as the envelope's bulk buffer.
struct DataPiece {
  std::uint64_t request = 0;
  std::uint32_t frame = 0;
  std::uint64_t offset = 0;
};
struct DataCredit {
  std::uint64_t request = 0;
  std::uint64_t bytes = 0;
};
/// Announces values that a client brings (scatter); DataHeader and pieces follow the other way
/// round, and the worker answers PutDone when it holds all of them.
struct PutData {
  std::uint64_t request = 0;
  std::vector<Key> keys;
};
struct PutDone {
  std::uint64_t request = 0;
  std::vector<Key> keys;
  std::vector<std::uint64_t> nbytes;
  std::string refused;  ///< empty, or why the values were not taken
};
/// Calls to one actor, made by one caller, in the order of their numbers. Arguments of a call are a
/// blob of an ArgumentWriter whose dependency 0 is the object, in `arguments`, or, with bulk_bytes
/// other than 0, in so many bytes of the envelope's bulk frames, call after call.
struct ActorCall {
  Key actor;
  Key caller;                      ///< random; numbers its calls from 1
  std::uint64_t acknowledged = 0;  ///< replies up to this number have arrived
  std::vector<std::uint64_t> numbers;
  std::vector<FunctionRef> methods;
  std::vector<std::uint32_t> method;  ///< of each call, an index into methods
  BlobColumn arguments;
  std::vector<std::uint64_t> bulk_bytes;
};
/// What came of calls: packed values, in `values` or, with bulk_bytes other than 0, in so many
/// bytes of the envelope's bulk frames; or failures.
struct ActorReply {
  Key actor;
  Key caller;
  std::uint64_t received = 0;  ///< calls up to this number have arrived
  std::uint64_t probe = 0;     ///< of the ActorAck this answers; 0: none
  bool unknown = false;        ///< no such actor is here (any more)
  std::vector<std::uint64_t> numbers;
  BlobColumn values;
  std::vector<std::uint64_t> bulk_bytes;
  std::vector<std::uint32_t> failed;  ///< indices of the calls that failed ...
  std::vector<Failure> failures;      ///< ... and why
};
/// Replies up to a number have arrived and need not be kept. A probe other than 0 asks for a reply
/// with all that are kept still; closed says that the caller will make no more calls.
struct ActorAck {
  Key actor;
  Key caller;
  std::uint64_t acknowledged = 0;
  std::uint64_t probe = 0;
  bool closed = false;
};

using Message =
    std::variant<Hello, Welcome, Refused, Goodbye, Unknown, Beat, ClientHeartbeat, SubmitGraph,
                 HoldKeys, ReleaseKeys, CancelKeys, WhoHas, ReportMissing, InfoRequest, HoldsReport,
                 RetryKeys, DetachKeys, Coordinate, Withdraw, Acknowledge, Administer, ModulePart,
                 KeysReady, KeysFailed, SubmitRefused, Holders, InfoReply, SubmitAccepted,
                 Coordinated, Administered, Acknowledged, ModuleAsked, ModuleKept, AddFunctions,
                 AddPeers, ComputeTasks, RetractTasks, CancelAttempts, FreeKeys, AcquireKeys,
                 UpdateHolders, ReportState, Shutdown, Leave, ModulePiece, TasksFinished,
                 TaskFailed, Retracted, DataAdded, DataDropped, DataMissing, WorkerHeartbeat,
                 StateReport, TasksWaiting, ModuleWanted, FunctionsKnown, GetData, DataHeader,
                 DataPiece, DataCredit, PutData, PutDone, ActorCall, ActorReply, ActorAck>;

}  // namespace tartan::wire
