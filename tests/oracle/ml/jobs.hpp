#pragma once

// What the oracle program is asked to do: JSON in, JSON out. Arrays are {"path", "shape", "dtype"}
// of a raw C-order file.

#include <nlohmann/json.hpp>
#include <tartan/tartan.hpp>

namespace oracle {

using nlohmann::json;

/// An array of the job, cut into chunks of job["chunk_rows"] rows; not valid when it is not there.
tartan::Array read_array(const json& job, const char* name);
/// The elements, computed: {"dtype", "shape", "data"}.
json to_json(const tartan::Array& array);
json to_json(const tartan::Chunk& chunk);
/// Lists, numbers, strings, null; {"$estimator": type, "params": {...}}; {"$array": an array}.
tartan::ml::ParamValue to_param(const json& value);
tartan::ml::ParamMap to_params(const json& object);
json to_json(const tartan::ml::ParamValue& value);

/// Makes the estimator job["type"] with job["params"], fits it (or, with "partial", hands it x in
/// as many parts), and answers with its attributes and with what each of job["calls"] gives for
/// "x_test" (or x). With "save" all that comes from a copy that went through a file.
json run_model(const json& job);
/// job["name"] of the metrics, on "y_true", "y_pred" (or "y_score") and "sample_weight".
json run_metric(const json& job);
/// The table job["name"] in chunks of job["chunk_rows"].
json run_dataset(const json& job);

/// The rows of the folds of job["splitter"] with job["options"] for job["rows"] rows.
json run_split(const json& job);
/// The numbers of the rows that train_test_split deals to both parts.
json run_train_test_split(const json& job);
/// A search (job["grid"], or a list of them), or "cross_validate", "cross_val_predict",
/// "learning_curve", "validation_curve".
json run_selection(const json& job);

}  // namespace oracle
