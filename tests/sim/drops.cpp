#include <algorithm>
#include <core/wire/messages.hpp>
#include <sim/drops.hpp>

namespace tartan::sim {
namespace {

constexpr Drop kDrops[] = {
    {"Hello", true, true, "nobody gets in: the client's connect timeout says so"},
    {"Welcome", true, true, "nobody learns that it is in: the client's connect timeout says so"},
    {"Refused", false, false, "never sent here"},
    {"Goodbye", false, false, "the lease says the same later"},
    {"Unknown", true, true, "who was forgotten learns it by hearing nothing, after its own lease"},
    {"ClientHeartbeat", true, true,
     "whatever else the client says is a sign of life; one that only waits loses its keys with its "
     "lease and brings them again, but results that were ready are gone by then"},
    {"SubmitGraph", true, true, "the heartbeat tells that the keys are missing: data_lost"},
    {"HoldKeys", true, false, "the HoldsReport brings them; scattered values may be freed before"},
    {"ReleaseKeys", false, false, "the HoldsReport leaves them out"},
    {"CancelKeys", false, false, "the results come instead"},
    {"WhoHas", true, false, "large results cannot be found: the fetch gives up"},
    {"ReportMissing", false, false, "the fetch starts over"},
    {"InfoRequest", true, false, "nowhere to scatter to: the scatter gives up"},
    {"HoldsReport", true, true, "a client that comes back has only its graphs to show"},
    {"Administer", false, false, "the operation is asked for again, and never begins"},
    {"DetachKeys", false, true, "asked for again, and held until it is acknowledged: never"},
    {"RetryKeys", true, false, "asked for again, and given up at last"},
    {"Administered", false, false, "the operation is done; who asked asks for ever"},
    {"Acknowledged", true, true,
     "what is detached is held for ever; a retry that fails again is given up at last"},
    {"ModulePart", true, false, "the client is taken to be unable to bring its modules"},
    {"ModuleAsked", true, false, "the client is taken to be unable to bring its modules"},
    {"ModuleKept", false, false, "the scheduler has the module; who offered it asks for ever"},
    {"KeysReady", false, false, "WhoHas after the next Welcome tells"},
    {"KeysFailed", false, false, "WhoHas after the next Welcome tells"},
    {"SubmitAccepted", false, false, "inputs are held until the graph is done"},
    {"SubmitRefused", false, false, "never sent here"},
    {"Coordinate", false, false, "not sent here"},
    {"Withdraw", false, false, "not sent here"},
    {"Acknowledge", false, false, "not sent here"},
    {"Coordinated", false, false, "not sent here"},
    {"Holders", true, false, "large results cannot be found: the fetch gives up"},
    {"InfoReply", true, false, "nowhere to scatter to: the scatter gives up"},
    {"AddFunctions", true, false, "no worker can run anything: unknown_function"},
    {"AddPeers", true, true, "no worker can reach another: what needs inputs from two fails"},
    {"ComputeTasks", true, true, "no worker gets anything to do: the task is given up"},
    {"RetractTasks", false, false, "the task stays where it is"},
    {"CancelAttempts", false, true,
     "the attempt runs, and its result is freed; one that waits for a freed input stays"},
    {"FreeKeys", false, true, "nothing else makes a worker let go of a value"},
    {"AcquireKeys", false, false, "no copy is made: a retirement runs out of time"},
    {"Leave", false, false, "a worker that could be retired stays"},
    {"UpdateHolders", true, false,
     "a worker that waits too long gives the task back; when it goes on for long it is given up"},
    {"ReportState", false, true, "asks for what another loss made necessary"},
    {"Shutdown", false, false, "never sent here"},
    {"ModulePiece", true, false, "the worker gives the module up"},
    {"ModuleWanted", true, false, "the worker gives the module up"},
    {"FunctionsKnown", false, false, "a task of another signature fails later, on its worker"},
    {"TasksFinished", false, false, "the StateReport shows the results"},
    {"TaskFailed", true, false, "the attempt vanishes, again and again: the task is given up"},
    {"Retracted", false, false, "the StateReport shows that the attempt is gone"},
    {"DataAdded", true, false, "the StateReport shows the values; scattered ones may be freed"},
    {"DataDropped", false, false, "the StateReport shows that the values are gone"},
    {"DataMissing", true, false, "a worker that waits too long gives the task back"},
    {"WorkerHeartbeat", true, true, "a worker that is only busy is taken for dead, and comes back"},
    {"StateReport", false, true, "tells what another loss made necessary"},
    {"GetData", true, true, "values stay where they are: what needs two of them fails"},
    {"DataHeader", true, true, "values stay where they are: what needs two of them fails"},
    {"DataPiece", true, true, "values stay where they are: what needs two of them fails"},
    {"DataCredit", false, false, "only transfers beyond the first credit need it"},
    {"PutData", true, false, "nowhere to scatter to: the scatter gives up"},
    {"ActorCall", true, false, "the actor is silent: its calls are given up"},
    {"ActorReply", true, false, "the actor is silent: its calls are given up"},
    {"ActorAck", true, false, "after another loss the actor is silent: its calls are given up"},
    {"PutDone", true, false, "no scatter is known to have arrived: it gives up"},
    {"TasksWaiting", false, false, "the heartbeat names every task that waits"},
    {"Beat", false, false, "who hears nothing says hello again"},
};
static_assert(std::size(kDrops) == std::variant_size_v<wire::Message>);

}  // namespace

std::span<const Drop> drops() { return kDrops; }

const Drop* find_drop(std::string_view kind) {
  const auto* found = std::find_if(std::begin(kDrops), std::end(kDrops),
                                   [&](const Drop& drop) { return drop.kind == kind; });
  return found == std::end(kDrops) ? nullptr : found;
}

}  // namespace tartan::sim
