#include "sp-aggregate/aggregate.h"

#include <optional>

#include "sp-aggregate/collector.h"
#include "sp-aggregate/pass_through.h"
#include "sp-aggregate/plan.h"
#include "sp-aggregate/result_writer.h"
#include "sp/app/report.h"
#include "sp/schema/load.h"
#include "sp/stream/progress.h"

namespace sp {
namespace {

class Aggregate {
 public:
  explicit Aggregate(AggregateOptions& options) : options_(options) {
    check_outputs(options);
    discard_report(options.stream.report);
    check_options(options);
    if (!options.stream.schema.empty()) {
      schema_ = load_schema(options.stream.schema);
      apply_schema_dialect(options.stream, *schema_,
                           options.raw ? InputForm::kRaw : InputForm::kStandard);
      if (options.raw) expect_members(options.stream, *schema_);
      if (options.zone == kSchemaZone) options.zone = zone_of_times(*schema_);
    }
    collector_ = options.merge ? make_state_collector(options)
                               : make_row_collector(options, schema_ ? &*schema_ : nullptr);
    // Opened before the first row is read: a name that cannot be written to must not cost a run.
    results_ = open_sink(options.output);
    if (options.pass_through) {
      rows_out_ = open_sink("-");
      pass_.emplace(*rows_out_, options.stream);
    }
    if (options.stream.files.empty()) options.stream.files.emplace_back("-");
  }

  void read(const std::string& file) {
    const auto reader = open_input(options_.stream, file);
    if (!format_) format_ = write_options(options_.stream, *reader);
    const std::uint64_t before = rows_;
    // NDJSON without a line has no names, and no rows.
    if (reader->columns().size() > 0) read_rows(*reader);
    const std::uint64_t rows = rows_ - before;
    files_.push_back({reader->name(), 0, "", {rows, rows, 0}, reader->source().xxh128(), {}});
  }

  // The order is a promise to whoever reads standard output: results and report are there at its
  // end.
  void finish() {
    collector_->finish();
    Summary& summary = collector_->summary();
    order_entries(summary, options_.sort);
    write_results(summary, options_, *format_, *results_);
    results_->flush();
    if (rows_out_) {
      results_->close();
      rows_out_->flush();
    }
    write_report(options_.stream.report, report(summary));
    (rows_out_ ? rows_out_ : results_)->close();
  }

 private:
  void read_rows(RecordReader& reader) {
    collector_->bind(reader);
    if (pass_) pass_->bind(reader);
    Progress progress(options_.stream.progress, "sp-aggregate");
    Record record;
    while (reader.next(record)) {
      require_sound(reader, record);
      if (!collector_->add(record)) continue;
      if (pass_) pass_->pass(record);
      progress.tick(reader, ++rows_);
    }
    progress.finish(reader, rows_);
  }

  JsonObject report(const Summary& summary) const {
    JsonObject report = start_report("sp-aggregate", {rows_, rows_, 0});
    report.add("groups", std::uint64_t{summary.groups.size()});
    report.add("results", std::uint64_t{summary.entries.size()});
    if (options_.pass_through) report.add("pass_through", true);
    if (schema_) report.add("schema_sha256", schema_->sha256);
    add_files(report, files_, false);
    return report;
  }

  AggregateOptions& options_;
  std::optional<Schema> schema_;
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<ByteSink> results_;
  std::unique_ptr<ByteSink> rows_out_;
  std::optional<PassThrough> pass_;
  std::optional<WriteOptions> format_;
  std::uint64_t rows_ = 0;
  std::vector<FileReport> files_;
};

}  // namespace

void run_aggregate(AggregateOptions& options) {
  Aggregate aggregate(options);
  for (const std::string& file : options.stream.files) aggregate.read(file);
  aggregate.finish();
}

}  // namespace sp
