#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <libsvm/svm.h>
#include <memory>
#include <ml/svm/svc_model.hpp>
#include <mutex>
#include <numeric>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/random.hpp>

namespace tartan::ml::svm {
namespace {

using kernels::Matrix;

/// Up to so many rows the whole kernel matrix is computed at once, as a product of matrices, and
/// LIBSVM looks its values up: 16 bytes each. Beyond, it computes them row by row.
constexpr std::int64_t kWholeMatrixRows = 4000;
constexpr std::int64_t kStripRows = 256;
constexpr std::int64_t kFolds = 5;

/// The rows as LIBSVM reads them.
class Nodes {
 public:
  Nodes(Matrix<double> x, const kernels::GramForm& form) {
    rows_.resize(static_cast<std::size_t>(x.rows));
    if (x.rows <= kWholeMatrixRows) {
      whole_matrix(x, form);
    } else {
      sparse(x);
    }
  }
  bool is_whole_matrix() const { return whole_; }
  svm_node* operator[](std::int64_t row) const { return rows_[static_cast<std::size_t>(row)]; }

 private:
  void whole_matrix(Matrix<double> x, const kernels::GramForm& form) {
    whole_ = true;
    const std::int64_t width = x.rows + 2;
    nodes_.resize(static_cast<std::size_t>(x.rows * width));
    std::vector<double> strip(static_cast<std::size_t>(std::min(kStripRows, x.rows) * x.rows));
    for (std::int64_t first = 0; first < x.rows; first += kStripRows) {
      const std::int64_t count = std::min(kStripRows, x.rows - first);
      kernels::gram_matrix(form, {x.row(first), count, x.columns}, x, strip.data());
      for (std::int64_t i = 0; i < count; ++i) {
        svm_node* row = nodes_.data() + (first + i) * width;
        rows_[static_cast<std::size_t>(first + i)] = row;
        row[0] = {0, static_cast<double>(first + i + 1)};
        const double* values = strip.data() + i * x.rows;
        for (std::int64_t j = 0; j < x.rows; ++j) row[j + 1] = {static_cast<int>(j + 1), values[j]};
        row[width - 1] = {-1, 0};
      }
    }
  }

  void sparse(Matrix<double> x) {
    std::vector<std::size_t> begin;
    for (std::int64_t i = 0; i < x.rows; ++i) {
      begin.push_back(nodes_.size());
      for (std::int64_t j = 0; j < x.columns; ++j) {
        if (x.row(i)[j] != 0) nodes_.push_back({static_cast<int>(j + 1), x.row(i)[j]});
      }
      nodes_.push_back({-1, 0});
    }
    for (std::size_t i = 0; i < begin.size(); ++i) rows_[i] = nodes_.data() + begin[i];
  }

  std::vector<svm_node> nodes_;
  std::vector<svm_node*> rows_;
  bool whole_ = false;
};

struct FreeModel {
  void operator()(svm_model* model) const { svm_free_and_destroy_model(&model); }
};
using ModelPtr = std::unique_ptr<svm_model, FreeModel>;

/// Some of the rows with their classes, and the call of LIBSVM.
class Trainer {
 public:
  Trainer(const Nodes& nodes, const Setting& setting) : nodes_(nodes) {
    static std::once_flag quiet;
    std::call_once(quiet, [] { svm_set_print_string_function([](const char*) {}); });
    parameter_ = {};
    parameter_.svm_type = C_SVC;
    parameter_.kernel_type = nodes.is_whole_matrix() ? PRECOMPUTED : kind_of(setting.kernel);
    parameter_.degree = static_cast<int>(setting.degree);
    parameter_.gamma = setting.gamma;
    parameter_.coef0 = setting.coef0;
    parameter_.cache_size = setting.cache_mb;
    parameter_.eps = setting.tol;
    parameter_.C = setting.c;
    parameter_.shrinking = setting.shrinking ? 1 : 0;
    class_weight_ = setting.class_weight;
  }

  ModelPtr train(const std::vector<std::int64_t>& rows, const std::vector<std::int32_t>& codes) {
    chosen_.clear();
    labels_.clear();
    for (const std::int64_t row : rows) {
      chosen_.push_back(nodes_[row]);
      labels_.push_back(codes[static_cast<std::size_t>(row)]);
    }
    // LIBSVM warns of weights for classes that are not there.
    std::vector<int> present;
    std::vector<double> weights;
    for (std::size_t k = 0; k < class_weight_.size(); ++k) {
      const auto label = static_cast<double>(k);
      if (std::find(labels_.begin(), labels_.end(), label) == labels_.end()) continue;
      present.push_back(static_cast<int>(k));
      weights.push_back(class_weight_[k]);
    }
    svm_problem problem{static_cast<int>(rows.size()), labels_.data(), chosen_.data()};
    parameter_.nr_weight = static_cast<int>(weights.size());
    parameter_.weight_label = present.data();
    parameter_.weight = weights.data();
    if (const char* wrong = svm_check_parameter(&problem, &parameter_)) {
      throw ValueError(fmt::format("SVC: {}", wrong));
    }
    return ModelPtr(svm_train(&problem, &parameter_));
  }

 private:
  static int kind_of(kernels::Gram kernel) {
    switch (kernel) {
      case kernels::Gram::linear:
        return LINEAR;
      case kernels::Gram::poly:
        return POLY;
      case kernels::Gram::sigmoid:
        return SIGMOID;
      case kernels::Gram::rbf:
        break;
    }
    return RBF;
  }

  const Nodes& nodes_;
  svm_parameter parameter_{};
  std::vector<double> class_weight_;
  std::vector<svm_node*> chosen_;
  std::vector<double> labels_;
};

double resolve_gamma(Matrix<double> x, const Setting& setting) {
  if (setting.gamma_rule == 0) return setting.gamma;
  const auto features = static_cast<double>(x.columns);
  if (setting.gamma_rule == 2) return 1 / features;
  const auto count = static_cast<double>(x.rows * x.columns);
  const double mean = std::accumulate(x.data, x.data + x.rows * x.columns, 0.0) / count;
  double squares = 0;
  for (std::int64_t i = 0; i < x.rows * x.columns; ++i) {
    squares += (x.data[i] - mean) * (x.data[i] - mean);
  }
  return squares > 0 ? 1 / (features * (squares / count)) : 1;
}

/// Decision values of every row of two classes from models that have not seen it.
Sigmoid calibrate(Trainer& trainer, const Nodes& nodes, const std::vector<std::int32_t>& codes,
                  std::vector<std::int64_t> rows, std::int32_t first, Random& random) {
  for (std::size_t i = rows.size(); i > 1; --i) {
    std::swap(rows[i - 1], rows[static_cast<std::size_t>(random.below(i))]);
  }
  std::vector<double> values;
  std::vector<bool> is_first;
  const auto count = static_cast<std::int64_t>(rows.size());
  for (std::int64_t fold = 0; fold < kFolds; ++fold) {
    const auto begin = rows.begin() + fold * count / kFolds;
    const auto end = rows.begin() + (fold + 1) * count / kFolds;
    std::vector<std::int64_t> others(rows.begin(), begin);
    others.insert(others.end(), end, rows.end());
    const auto of_first = std::count_if(others.begin(), others.end(), [&](std::int64_t row) {
      return codes[static_cast<std::size_t>(row)] == first;
    });
    const bool one_class = of_first == 0 || of_first == static_cast<std::int64_t>(others.size());
    const ModelPtr model = one_class ? nullptr : trainer.train(others, codes);
    for (auto row = begin; row != end; ++row) {
      double value = of_first == 0 ? -1 : 1;
      if (model != nullptr) {
        svm_predict_values(model.get(), nodes[*row], &value);
        if (model->label[0] != first) value = -value;
      }
      values.push_back(value);
      is_first.push_back(codes[static_cast<std::size_t>(*row)] == first);
    }
  }
  return fit_sigmoid(values, is_first);
}

/// The rows of the given classes, by class, in the order they have.
std::vector<std::int64_t> rows_of(const std::vector<std::int32_t>& codes,
                                  std::initializer_list<std::int32_t> classes) {
  std::vector<std::int64_t> rows;
  for (const std::int32_t each : classes) {
    for (std::size_t row = 0; row < codes.size(); ++row) {
      if (codes[row] == each) rows.push_back(static_cast<std::int64_t>(row));
    }
  }
  return rows;
}

void keep(const svm_model& fitted, Matrix<double> x, const std::vector<std::int64_t>& order,
          Model& model) {
  const int classes = fitted.nr_class;
  model.n_support.assign(fitted.nSV, fitted.nSV + classes);
  for (int i = 0; i < fitted.l; ++i) {
    const std::int64_t row = order[static_cast<std::size_t>(fitted.sv_indices[i] - 1)];
    model.support.push_back(row);
    model.vectors.insert(model.vectors.end(), x.row(row), x.row(row) + x.columns);
  }
  for (int k = 0; k + 1 < classes; ++k) {
    model.coef.insert(model.coef.end(), fitted.sv_coef[k], fitted.sv_coef[k] + fitted.l);
  }
  model.rho.assign(fitted.rho, fitted.rho + classes * (classes - 1) / 2);
}

}  // namespace

std::int64_t train_bytes(std::int64_t rows, std::int64_t features, const Setting& setting) {
  constexpr auto kNode = static_cast<std::int64_t>(sizeof(svm_node));
  const std::int64_t of_nodes = rows <= kWholeMatrixRows
                                    ? (rows + 2) * rows * kNode + kStripRows * rows * 8
                                    : rows * (features + 1) * kNode;
  const std::int64_t cached =
      std::min(rows * rows * 4, static_cast<std::int64_t>(setting.cache_mb * (1 << 20)));
  return of_nodes + cached + rows * (features * 8 + 256);
}

Model train(Matrix<double> x, const std::vector<std::int32_t>& codes, Setting setting) {
  setting.gamma = resolve_gamma(x, setting);
  const Nodes nodes(x, setting.form());
  Trainer trainer(nodes, setting);
  // LIBSVM numbers the classes as they first appear, so they are handed to it sorted.
  std::vector<std::int64_t> order(codes.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return codes[static_cast<std::size_t>(a)] < codes[static_cast<std::size_t>(b)];
  });
  Model model;
  model.gamma = setting.gamma;
  const auto classes = static_cast<std::int32_t>(setting.class_weight.size());
  keep(*trainer.train(order, codes), x, order, model);
  if (!setting.probability) return model;
  Random random(setting.seed);
  for (std::int32_t i = 0; i < classes; ++i) {
    for (std::int32_t j = i + 1; j < classes; ++j) {
      const Sigmoid sigmoid = calibrate(trainer, nodes, codes, rows_of(codes, {i, j}), i, random);
      model.prob_a.push_back(sigmoid.a);
      model.prob_b.push_back(sigmoid.b);
    }
  }
  return model;
}

}  // namespace tartan::ml::svm
