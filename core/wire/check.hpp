#pragma once

// What must hold between the columns of a message before a receiver indexes one by another.
// decode() applies it to every record. A message without columns has nothing to check.

#include <core/wire/messages.hpp>
#include <tartan/base/error.hpp>

namespace tartan::wire {

template <class M>
Result<> check(const M&) {
  return {};
}

Result<> check(const Hello& m);
Result<> check(const ReportMissing& m);
Result<> check(const KeysReady& m);
Result<> check(const KeysFailed& m);
Result<> check(const Holders& m);
Result<> check(const Coordinated& m);
Result<> check(const SubmitGraph& m);
Result<> check(const AddFunctions& m);
Result<> check(const AddPeers& m);
Result<> check(const ComputeTasks& m);
Result<> check(const AcquireKeys& m);
Result<> check(const UpdateHolders& m);
Result<> check(const TasksFinished& m);
Result<> check(const Retracted& m);
Result<> check(const TasksWaiting& m);
Result<> check(const FunctionsKnown& m);
Result<> check(const DataAdded& m);
Result<> check(const DataMissing& m);
Result<> check(const StateReport& m);
Result<> check(const DataHeader& m);
Result<> check(const Administered& m);
Result<> check(const PutDone& m);
Result<> check(const ActorCall& m);
Result<> check(const ActorReply& m);

}  // namespace tartan::wire
