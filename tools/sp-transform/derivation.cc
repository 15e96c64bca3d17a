#include "sp-transform/derivation.h"

#include <cmath>
#include <limits>

#include "sp/base/excerpt.h"
#include "sp/number/number.h"
#include "sp/number/special_number.h"
#include "sp/schema/number_format.h"

namespace sp {
namespace {

constexpr const char* kAdvice = "; pass the file through sp-validate first";

class NumberDerivation final : public Derivation {
 public:
  NumberDerivation(const Formula& formula, std::vector<FormulaSource> sources,
                   const NumberChange& change)
      : formula_(formula), sources_(std::move(sources)), change_(change) {
    values_.fill(std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      formats_.emplace_back(sources_[i].field);
      if (sources_[i].kind == FormulaSource::Kind::kConstant) values_[i] = sources_[i].constant;
    }
  }

  Result apply(const Record& record, std::string_view& out) override {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const FormulaSource& source = sources_[i];
      if (source.kind != FormulaSource::Kind::kColumn) continue;
      const std::string_view text = record[source.column];
      const CellKind kind = record.kind(source.column);
      if (text.empty() || (source.missing && source.missing->contains(text, kind))) {
        return Result::kMissing;
      }
      if (!formats_[i].parse(text, values_[i])) {
        // NaN and INF are numbers, of which no formula makes one.
        if (double special = 0; parse_special_number(text, special)) return Result::kMissing;
        refused_ = i;
        return Result::kRefused;
      }
      values_[i] = source.unit(values_[i]);
    }
    const double value = change_.scale(change_.unit(formula_.compute(values_.data())));
    if (!std::isfinite(value)) return Result::kMissing;
    const std::size_t size = change_.decimals ? format_fixed(value, *change_.decimals, text_)
                                              : format_shortest(value, text_);
    out = {text_, size};
    return Result::kValue;
  }
  CellKind gives() const override { return CellKind::kNumber; }
  std::string refusal(const Record& record) const override {
    return excerpt(record[refused_column()]) + " is not a number" + kAdvice;
  }
  std::size_t refused_column() const override { return sources_[refused_].column; }

 private:
  const Formula& formula_;
  std::vector<FormulaSource> sources_;
  NumberChange change_;
  std::vector<NumberFormat> formats_;
  std::array<double, Formula::kMostInputs> values_;
  std::size_t refused_ = 0;
  char text_[kMaxNumberText];
};

class TimeDerivation final : public Derivation {
 public:
  TimeDerivation(const Field& field, const std::vector<TimePart>& parts)
      : time_(field, parts), name_(field.name) {}

  Result apply(const Record& record, std::string_view& out) override {
    ParsedTime parsed;
    const CompositeTime::Result result = time_.read(record, parsed);
    if (result == CompositeTime::Result::kMissing) return Result::kMissing;
    if (result == CompositeTime::Result::kWrong) return Result::kRefused;
    text_.resize(kMaxTimestampText + parsed.fraction.size());
    out = {text_.data(), format_utc(parsed.time.seconds, parsed.fraction, text_.data())};
    return Result::kValue;
  }
  CellKind gives() const override { return CellKind::kString; }
  std::string refusal(const Record& record) const override {
    const TimePart* const part = time_.wrong_part();
    return excerpt(part ? record[part->column] : time_.text()) + " " + time_.explain(name_) +
           kAdvice;
  }
  std::size_t refused_column() const override {
    const TimePart* part = time_.wrong_part();
    return (part ? *part : time_.first_part()).column;
  }

 private:
  CompositeTime time_;
  std::string name_;
  std::string text_;
};

class PlaceDerivation final : public Derivation {
 public:
  explicit PlaceDerivation(std::uint64_t (Record::*place)() const) : place_(place) {}
  Result apply(const Record& record, std::string_view& out) override {
    out = {text_, format_int(static_cast<std::int64_t>((record.*place_)()), text_)};
    return Result::kValue;
  }
  CellKind gives() const override { return CellKind::kNumber; }

 private:
  std::uint64_t (Record::*place_)() const;
  char text_[kMaxNumberText];
};

class NameDerivation final : public Derivation {
 public:
  NameDerivation(std::shared_ptr<FileNamePattern> pattern, std::size_t column, std::size_t part)
      : pattern_(std::move(pattern)), column_(column), part_(part) {}
  Result apply(const Record& record, std::string_view& out) override {
    if (!pattern_->match(record[column_])) return Result::kRefused;
    out = pattern_->part(part_);
    return Result::kValue;
  }
  CellKind gives() const override { return CellKind::kText; }
  std::string refusal(const Record& record) const override {
    return pattern_->refusal(record[column_]);
  }
  std::size_t refused_column() const override { return column_; }

 private:
  std::shared_ptr<FileNamePattern> pattern_;
  std::size_t column_, part_;
};

}  // namespace

Cell derived_cell(const RecordReader& reader, const Record& record, Derivation& derivation) {
  Cell cell = {{}, derivation.gives(), false};
  switch (derivation.apply(record, cell.text)) {
    case Derivation::Result::kValue:
      break;
    case Derivation::Result::kMissing:
      return {{}, CellKind::kNull, false};
    case Derivation::Result::kRefused:
      throw Error(ExitCode::kDataErr, derivation.refusal(record),
                  reader.locate(record, reader.columns()[derivation.refused_column()]));
  }
  return cell;
}

std::unique_ptr<Derivation> number_derivation(const Formula& formula,
                                              std::vector<FormulaSource> sources,
                                              const NumberChange& change) {
  return std::make_unique<NumberDerivation>(formula, std::move(sources), change);
}

std::unique_ptr<Derivation> time_derivation(const Field& field,
                                            const std::vector<TimePart>& parts) {
  return std::make_unique<TimeDerivation>(field, parts);
}

std::unique_ptr<Derivation> row_number() { return std::make_unique<PlaceDerivation>(&Record::row); }

std::unique_ptr<Derivation> line_number() {
  return std::make_unique<PlaceDerivation>(&Record::line);
}

std::unique_ptr<Derivation> name_part(std::shared_ptr<FileNamePattern> pattern, std::size_t column,
                                      std::size_t part) {
  return std::make_unique<NameDerivation>(std::move(pattern), column, part);
}

}  // namespace sp
