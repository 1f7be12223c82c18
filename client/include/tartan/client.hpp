#pragma once

// Everything of the client room: Client, Future, Actor, delayed, LocalCluster, as_completed,
// progress, and what programs share by name: Lock, Semaphore, Event, Queue, Variable.

#include <tartan/client/actor.hpp>
#include <tartan/client/as_completed.hpp>
#include <tartan/client/client.hpp>
#include <tartan/client/coordination.hpp>
#include <tartan/client/delayed.hpp>
#include <tartan/client/future.hpp>
#include <tartan/client/local_cluster.hpp>
#include <tartan/client/progress.hpp>
