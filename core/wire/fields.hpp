#pragma once

// The fields of every struct on the wire, each listed once, in the order they travel. An archive
// is called as archive("name name ...", field, field, ...) and encodes, decodes, checks or prints;
// a const struct gives const fields. New fields go to the end: older peers skip them.

#include <core/wire/messages.hpp>
#include <tartan/graph/graph.hpp>
#include <type_traits>

namespace tartan::wire {

template <class M, class T>
concept Is = std::is_same_v<std::remove_const_t<M>, T>;

// ---- parts of messages --------------------------------------------------------------------

template <class Archive, Is<BlobColumn> M>
void fields(Archive& a, M& m) {
  a("offsets bytes", m.offsets, m.bytes);
}
template <class Archive, Is<Failure> M>
void fields(Archive& a, M& m) {
  a("code type message task worker", m.code, m.type, m.message, m.task, m.worker);
}
template <class Archive, Is<FunctionRef> M>
void fields(Archive& a, M& m) {
  a("module symbol signature local", m.module, m.symbol, m.signature, m.local);
}
template <class Archive, Is<TaskOptions> M>
void fields(Archive& a, M& m) {
  a("retries priority workers resources timeout_ns actor", m.retries, m.priority, m.workers,
    m.resources, m.timeout_ns, m.actor);
}

// ---- any peer and the scheduler -----------------------------------------------------------

template <class Archive, Is<Hello> M>
void fields(Archive& a, M& m) {
  a("magic protocol role name incarnation build host pid data_address nthreads memory_limit "
    "resources predecessor predecessor_end predecessor_peak predecessor_ran of_worker nanny",
    m.magic, m.protocol, m.role, m.name, m.incarnation, m.build, m.host, m.pid, m.data_address,
    m.nthreads, m.memory_limit, m.resources, m.predecessor, m.predecessor_end, m.predecessor_peak,
    m.predecessor_ran, m.of_worker, m.nanny);
}
template <class Archive, Is<Welcome> M>
void fields(Archive& a, M& m) {
  a("protocol scheduler worker name heartbeat_ns lease_ns client news", m.protocol, m.scheduler,
    m.worker, m.name, m.heartbeat_ns, m.lease_ns, m.client, m.news);
}
template <class Archive, Is<Refused> M>
void fields(Archive& a, M& m) {
  a("reason", m.reason);
}
template <class Archive, Is<Goodbye> M>
void fields(Archive& a, M& m) {
  a("reason", m.reason);
}
template <class Archive, Is<Unknown> M>
void fields(Archive& a, M&) {
  a("");
}
template <class Archive, Is<Beat> M>
void fields(Archive& a, M&) {
  a("");
}

// ---- client -> scheduler ------------------------------------------------------------------

template <class Archive, Is<ClientHeartbeat> M>
void fields(Archive& a, M& m) {
  a("held held_digest news", m.held, m.held_digest, m.news);
}
template <class Archive, Is<SubmitGraph> M>
void fields(Archive& a, M& m) {
  a("submission frame modules module_names signatures", m.submission, m.frame, m.modules,
    m.module_names, m.signatures);
}
template <class Archive, Is<HoldKeys> M>
void fields(Archive& a, M& m) {
  a("keys", m.keys);
}
template <class Archive, Is<ReleaseKeys> M>
void fields(Archive& a, M& m) {
  a("keys", m.keys);
}
template <class Archive, Is<CancelKeys> M>
void fields(Archive& a, M& m) {
  a("keys submission", m.keys, m.submission);
}
template <class Archive, Is<DetachKeys> M>
void fields(Archive& a, M& m) {
  a("keys request", m.keys, m.request);
}
template <class Archive, Is<RetryKeys> M>
void fields(Archive& a, M& m) {
  a("keys request", m.keys, m.request);
}
template <class Archive, Is<Administer> M>
void fields(Archive& a, M& m) {
  a("request id what keys names count timeout_ns", m.request, m.id, m.what, m.keys, m.names,
    m.count, m.timeout_ns);
}
template <class Archive, Is<Administered> M>
void fields(Archive& a, M& m) {
  a("request names outcomes failure", m.request, m.names, m.outcomes, m.failure);
}
template <class Archive, Is<Acknowledged> M>
void fields(Archive& a, M& m) {
  a("request", m.request);
}
template <class Archive, Is<Leave> M>
void fields(Archive& a, M& m) {
  a("restart held held_digest reason", m.restart, m.held, m.held_digest, m.reason);
}
template <class Archive, Is<WhoHas> M>
void fields(Archive& a, M& m) {
  a("request keys", m.request, m.keys);
}
template <class Archive, Is<ReportMissing> M>
void fields(Archive& a, M& m) {
  a("keys holders", m.keys, m.holders);
}
template <class Archive, Is<InfoRequest> M>
void fields(Archive& a, M& m) {
  a("request topic", m.request, m.topic);
}
template <class Archive, Is<HoldsReport> M>
void fields(Archive& a, M& m) {
  a("keys", m.keys);
}
template <class Archive, Is<Coordinate> M>
void fields(Archive& a, M& m) {
  a("request done_below operation name amount limit acquisition timeout_ns value keys", m.request,
    m.done_below, m.operation, m.name, m.amount, m.limit, m.acquisition, m.timeout_ns, m.value,
    m.keys);
}
template <class Archive, Is<Withdraw> M>
void fields(Archive& a, M& m) {
  a("request withdrawn", m.request, m.withdrawn);
}
template <class Archive, Is<Acknowledge> M>
void fields(Archive& a, M& m) {
  a("requests", m.requests);
}

template <class Archive, Is<ModulePart> M>
void fields(Archive& a, M& m) {
  a("request module name size offset bytes refused", m.request, m.module, m.name, m.size, m.offset,
    m.bytes, m.refused);
}

// ---- scheduler -> client ------------------------------------------------------------------

template <class Archive, Is<KeysReady> M>
void fields(Archive& a, M& m) {
  a("keys nbytes inline_values news", m.keys, m.nbytes, m.inline_values, m.news);
}
template <class Archive, Is<KeysFailed> M>
void fields(Archive& a, M& m) {
  a("keys failures news submission", m.keys, m.failures, m.news, m.submission);
}
template <class Archive, Is<SubmitRefused> M>
void fields(Archive& a, M& m) {
  a("submission failure", m.submission, m.failure);
}
template <class Archive, Is<Holders> M>
void fields(Archive& a, M& m) {
  a("request keys nbytes offsets workers table addresses inline_values failed failures submission",
    m.request, m.keys, m.nbytes, m.offsets, m.workers, m.table, m.addresses, m.inline_values,
    m.failed, m.failures, m.submission);
}
template <class Archive, Is<SubmitAccepted> M>
void fields(Archive& a, M& m) {
  a("submission", m.submission);
}
template <class Archive, Is<InfoReply> M>
void fields(Archive& a, M& m) {
  a("request json", m.request, m.json);
}
template <class Archive, Is<Coordinated> M>
void fields(Archive& a, M& m) {
  a("request code message number values key_counts keys times_ns names", m.request, m.code,
    m.message, m.number, m.values, m.key_counts, m.keys, m.times_ns, m.names);
}

template <class Archive, Is<ModuleAsked> M>
void fields(Archive& a, M& m) {
  a("module offset", m.module, m.offset);
}
template <class Archive, Is<ModuleKept> M>
void fields(Archive& a, M& m) {
  a("request refused", m.request, m.refused);
}

// ---- scheduler -> worker ------------------------------------------------------------------

template <class Archive, Is<AddFunctions> M>
void fields(Archive& a, M& m) {
  a("numbers functions travels signatures", m.numbers, m.functions, m.travels, m.signatures);
}
template <class Archive, Is<AddPeers> M>
void fields(Archive& a, M& m) {
  a("workers addresses", m.workers, m.addresses);
}
template <class Archive, Is<ComputeTasks> M>
void fields(Archive& a, M& m) {
  a("attempts keys functions priorities output_bytes scratch_bytes resources resource_sets "
    "arguments dep_offsets deps dep_nbytes holders inline_values timeouts_ns",
    m.attempts, m.keys, m.functions, m.priorities, m.output_bytes, m.scratch_bytes, m.resources,
    m.resource_sets, m.arguments, m.dep_offsets, m.deps, m.dep_nbytes, m.holders, m.inline_values,
    m.timeouts_ns);
}
template <class Archive, Is<RetractTasks> M>
void fields(Archive& a, M& m) {
  a("attempts", m.attempts);
}
template <class Archive, Is<CancelAttempts> M>
void fields(Archive& a, M& m) {
  a("attempts", m.attempts);
}
template <class Archive, Is<FreeKeys> M>
void fields(Archive& a, M& m) {
  a("keys", m.keys);
}
template <class Archive, Is<AcquireKeys> M>
void fields(Archive& a, M& m) {
  a("keys nbytes holders", m.keys, m.nbytes, m.holders);
}
template <class Archive, Is<UpdateHolders> M>
void fields(Archive& a, M& m) {
  a("keys holders", m.keys, m.holders);
}
template <class Archive, Is<ReportState> M>
void fields(Archive& a, M& m) {
  a("request", m.request);
}
template <class Archive, Is<Shutdown> M>
void fields(Archive& a, M& m) {
  a("reason", m.reason);
}

template <class Archive, Is<ModulePiece> M>
void fields(Archive& a, M& m) {
  a("module size offset bytes refused", m.module, m.size, m.offset, m.bytes, m.refused);
}

// ---- worker -> scheduler ------------------------------------------------------------------

template <class Archive, Is<TasksFinished> M>
void fields(Archive& a, M& m) {
  a("attempts nbytes duration_ns inline_values", m.attempts, m.nbytes, m.duration_ns,
    m.inline_values);
}
template <class Archive, Is<TaskFailed> M>
void fields(Archive& a, M& m) {
  a("attempt failure", m.attempt, m.failure);
}
template <class Archive, Is<Retracted> M>
void fields(Archive& a, M& m) {
  a("attempts accepted", m.attempts, m.accepted);
}
template <class Archive, Is<DataAdded> M>
void fields(Archive& a, M& m) {
  a("keys nbytes", m.keys, m.nbytes);
}
template <class Archive, Is<DataDropped> M>
void fields(Archive& a, M& m) {
  a("keys", m.keys);
}
template <class Archive, Is<DataMissing> M>
void fields(Archive& a, M& m) {
  a("keys holders", m.keys, m.holders);
}
template <class Archive, Is<WorkerHeartbeat> M>
void fields(Archive& a, M& m) {
  a("attempts attempts_digest held held_digest executing store_bytes process_bytes cpu seceded "
    "spilled_bytes paused",
    m.attempts, m.attempts_digest, m.held, m.held_digest, m.executing, m.store_bytes,
    m.process_bytes, m.cpu, m.seceded, m.spilled_bytes, m.paused);
}
template <class Archive, Is<TasksWaiting> M>
void fields(Archive& a, M& m) {
  a("attempts seceded", m.attempts, m.seceded);
}
template <class Archive, Is<StateReport> M>
void fields(Archive& a, M& m) {
  a("attempts held nbytes request", m.attempts, m.held, m.nbytes, m.request);
}

template <class Archive, Is<ModuleWanted> M>
void fields(Archive& a, M& m) {
  a("module offset", m.module, m.offset);
}
template <class Archive, Is<FunctionsKnown> M>
void fields(Archive& a, M& m) {
  a("modules exact symbols signatures texts all", m.modules, m.exact, m.symbols, m.signatures,
    m.texts, m.all);
}

// ---- data plane ---------------------------------------------------------------------------

template <class Archive, Is<GetData> M>
void fields(Archive& a, M& m) {
  a("request keys credit", m.request, m.keys, m.credit);
}
template <class Archive, Is<DataHeader> M>
void fields(Archive& a, M& m) {
  a("request missing keys types frame_counts frame_sizes shared_values", m.request, m.missing,
    m.keys, m.types, m.frame_counts, m.frame_sizes, m.shared_values);
}
template <class Archive, Is<DataPiece> M>
void fields(Archive& a, M& m) {
  a("request frame offset", m.request, m.frame, m.offset);
}
template <class Archive, Is<DataCredit> M>
void fields(Archive& a, M& m) {
  a("request bytes", m.request, m.bytes);
}
template <class Archive, Is<PutData> M>
void fields(Archive& a, M& m) {
  a("request keys", m.request, m.keys);
}
template <class Archive, Is<PutDone> M>
void fields(Archive& a, M& m) {
  a("request keys nbytes refused", m.request, m.keys, m.nbytes, m.refused);
}
template <class Archive, Is<ActorCall> M>
void fields(Archive& a, M& m) {
  a("actor caller acknowledged numbers methods method arguments bulk_bytes", m.actor, m.caller,
    m.acknowledged, m.numbers, m.methods, m.method, m.arguments, m.bulk_bytes);
}
template <class Archive, Is<ActorReply> M>
void fields(Archive& a, M& m) {
  a("actor caller received probe unknown numbers values bulk_bytes failed failures", m.actor,
    m.caller, m.received, m.probe, m.unknown, m.numbers, m.values, m.bulk_bytes, m.failed,
    m.failures);
}
template <class Archive, Is<ActorAck> M>
void fields(Archive& a, M& m) {
  a("actor caller acknowledged probe closed", m.actor, m.caller, m.acknowledged, m.probe, m.closed);
}

// ---- kinds --------------------------------------------------------------------------------

/// A message's number on the wire and its name.
template <class M>
struct Kind;
#define TARTAN_RECORD(struct_name, kind_number)            \
  template <>                                              \
  struct Kind<struct_name> {                               \
    static constexpr std::uint32_t number = kind_number;   \
    static constexpr std::string_view name = #struct_name; \
  };
#include <core/wire/kinds.def>
#undef TARTAN_RECORD

/// True for element types that travel as one msgpack bin: their memory, little-endian.
template <class T>
inline constexpr bool kIsColumnElement = (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) ||
                                         std::is_same_v<T, std::byte> || std::is_same_v<T, Key>;

}  // namespace tartan::wire
