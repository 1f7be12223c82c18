#pragma once

// What naive Bayes classifiers ask of the rows of each class, and what is made of their answers.

#include <ml/base/moments.hpp>
#include <ml/base/partial.hpp>
#include <tartan/array/array.hpp>
#include <vector>

namespace tartan::ml {

struct ClassMoments {
  Moments all;                    ///< of all rows, without their weights
  std::vector<Moments> of_class;  ///< with them; empty for classes without rows
  std::vector<double> count;      ///< weights of each class

  static constexpr std::string_view kCodec = "tartan::ml::ClassMoments";
  static void fields(auto& self, auto&& field) { field(self.all, self.of_class, self.count); }
};

struct ClassSums {
  std::vector<double> count;  ///< weights of each class
  std::vector<double> sum;    ///< classes x features, weighted
  double least = 0;           ///< the smallest feature, or 0

  static constexpr std::string_view kCodec = "tartan::ml::ClassSums";
  static void fields(auto& self, auto&& field) { field(self.count, self.sum, self.least); }
};

namespace naive_bayes {

/// codes: int32, from 0 to classes - 1, cut as x. Both take one pass.
ClassMoments class_moments(const Array& x, const Array& codes, const Array& weight,
                           std::int64_t classes);
ClassSums class_sums(const Array& x, const Array& codes, const Array& weight, std::int64_t classes);

/// log p(class) + log p(row | class) of normal features, lazily: rows x classes, float64. `base`:
/// what does not depend on the row, per class; means and variances: classes x features.
Array normal_log_likelihood(const Array& rows, const std::vector<double>& base,
                            const std::vector<double>& means, const std::vector<double>& variances);
/// Rows less the logarithm of the sum of their exponentials, lazily.
Array normalize_log(const Array& log_likelihood);

}  // namespace naive_bayes
}  // namespace tartan::ml
