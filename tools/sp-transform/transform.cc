#include "sp-transform/transform.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "sp-transform/csv_rows.h"
#include "sp-transform/plan.h"
#include "sp-transform/reshape.h"
#include "sp-transform/reshaped_rows.h"
#include "sp-transform/spread.h"
#include "sp/app/report.h"
#include "sp/base/excerpt.h"
#include "sp/schema/load.h"
#include "sp/stream/output_files.h"
#include "sp/stream/progress.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

void check_options(const TransformOptions& options) {
  if (!options.dst || !options.utc.empty()) return;
  throw Error(ExitCode::kUsage, "--dst is about the times of --utc; give --utc too");
}

void check_outputs(const TransformOptions& options) {
  const OutputFile outputs[] = {{"--output", options.output},
                                {"--spread-schema", options.spread_schema},
                                {"--report", options.stream.report}};
  check_output_files(outputs, options.stream);
}

class Transform {
 public:
  explicit Transform(TransformOptions& options) : options_(options) {
    StreamOptions& stream = options.stream;
    check_outputs(options);
    discard_report(stream.report);
    discard_report(options.spread_schema);
    check_options(options);
    if (!stream.schema.empty()) {
      schema_ = load_schema(stream.schema);
      apply_schema_dialect(stream, *schema_, InputForm::kStandard);
      expect_members(stream, *schema_);
      // No field of the schema, and in each row of several files.
      if (!options.file_column.empty()) stream.read.members.push_back(options.file_column);
    }
    reshape_ = reshape_of(options, schema());
    is_pipe_ = std::filesystem::is_fifo(options.spread_schema);
    if (stream.files.empty()) stream.files.emplace_back("-");
    open_output();
  }

  void read(const std::string& file) {
    const auto reader = open_input(options_.stream, file);
    if (!format_) {
      format_ = write_options(options_.stream, *reader);
      writer_ = make_writer(*sink_, *format_);
      make_reshaped_rows();
    }
    const std::uint64_t before = rows_;
    // NDJSON without a line has no names, and no rows.
    if (reader->columns().size() > 0) read_rows(*reader);
    const std::uint64_t rows = rows_ - before;
    files_.push_back({reader->name(), 0, "", {rows, rows, 0}, reader->source().xxh128(), {}});
  }

  void finish() {
    if (reshaped_) reshaped_->finish();
    sink_->flush();
    if (compressed_) compressed_->finish();
    if (spread_ && !is_pipe_) write_spread_schema();
    JsonObject report = start_report("sp-transform", {rows_, rows_, 0});
    if (reshape_.melt || reshape_.spread) report.add("results", reshaped_ ? reshaped_->rows() : 0);
    if (schema_) report.add("schema_sha256", schema_->sha256);
    add_files(report, files_, false);
    write_report(options_.stream.report, report);
    sink_->close();
  }

 private:
  const Schema* schema() const { return schema_ ? &*schema_ : nullptr; }

  void write_spread_schema() { write_report(options_.spread_schema, spread_->schema(schema())); }

  void make_reshaped_rows() {
    if (reshape_.melt) reshaped_ = melted_rows(!reshape_.melt->units.name.empty(), *writer_);
    if (!reshape_.spread) return;
    auto rows = std::make_unique<SpreadRows>(reshape_, *writer_);
    spread_ = rows.get();
    reshaped_ = std::move(rows);
    // The tool that reads a pipe waits for it before it reads a row.
    if (is_pipe_) spread_->before_rows([this] { write_spread_schema(); });
  }

  void read_rows(RecordReader& reader) {
    plan_ = make_plan(options_, schema(), reshape_, reader.columns(), reader.name());
    if (reshaped_) reshaped_->set_plan(plan_);
    write_header(reader);
    keeps_encoding_ = reader.format() == format_->to && reader.delimiter() == format_->delimiter &&
                      options_.stream.read.dialect.has_plain_cells();
    csv_rows_.reset();
    if (keeps_encoding_ && format_->to != Format::kNdjson && !reshaped_ &&
        CsvRows::suits(plan_, format_->delimiter)) {
      csv_rows_.emplace(plan_, format_->delimiter, *sink_);
    }
    cells_.resize(plan_.size());
    Progress progress(options_.stream.progress, "sp-transform");
    Record record;
    while (reader.next(record)) {
      require_sound(reader, record);
      write(reader, record);
      progress.tick(reader, ++rows_);
    }
    progress.finish(reader, rows_);
  }

  void open_output() {
    const Compression compression =
        options_.compress.value_or(compression_of_name(options_.output));
    sink_ = open_sink(options_.output);
    if (compression == Compression::kNone) return;
    auto compressed = compress(std::move(sink_), compression);
    compressed_ = compressed.get();
    sink_ = std::move(compressed);
  }

  void write_header(const RecordReader& reader) {
    Columns columns;
    for (const OutputColumn& column : plan_) {
      if (column.part == Part::kKept) columns.push_back(column.name);
    }
    for (std::string& name : made_columns(reshape_)) columns.push_back(std::move(name));
    if (!columns_) {
      writer_->header(columns);
      columns_ = std::move(columns);
    } else if (columns != *columns_) {
      throw Error(ExitCode::kDataErr,
                  "its columns do not become those of the inputs before; transform it on its own",
                  {reader.name(), 0, 0, ""});
    }
  }

  void write(const RecordReader& reader, const Record& record) {
    if (csv_rows_ && csv_rows_->fits(record)) {
      if (const OutputColumn* column = csv_rows_->write(record)) fail(reader, record, *column);
      return;
    }
    fill_cells(reader, record);
    if (reshaped_) {
      reshaped_->add(reader, record, cells_);
    } else {
      writer_->write(cells_);
    }
  }

  void fill_cells(const RecordReader& reader, const Record& record) {
    for (std::size_t i = 0; i < plan_.size(); ++i) {
      OutputColumn& column = plan_[i];
      Cell& cell = cells_[i];
      if (!column.input) {
        cell = column.derived ? derived_cell(reader, record, *column.derived)
                              : Cell{column.constant, CellKind::kText, false};
        continue;
      }
      const std::size_t at = *column.input;
      const CellKind kind = record.kind(at);
      const std::string_view text = record[at];
      if (kind == CellKind::kNull || (column.missing && column.missing->contains(text, kind))) {
        cell = {{}, CellKind::kNull, false};
      } else if (column.step && text.empty()) {
        cell = {{}, kind == CellKind::kText ? CellKind::kNull : kind, false};
      } else if (kind == CellKind::kBoolean && column.kind == kind) {
        cell = {text, kind, false};  // JSON's own, whatever the words of the field are
      } else if (column.step) {
        cell.kind = *column.kind;
        cell.encoded = false;
        if (!column.step->apply(text, cell.text)) fail(reader, record, column);
      } else if (keeps_encoding_ &&
                 (!column.kind || kind == CellKind::kText || kind == *column.kind)) {
        cell = {record.encoded(at), kind, true};
      } else {
        cell = {text, column.kind.value_or(kind), false};
      }
    }
  }

  [[noreturn]] static void fail(const RecordReader& reader, const Record& record,
                                const OutputColumn& column) {
    throw Error(ExitCode::kDataErr,
                fmt::format("{} {}; pass the file through sp-validate first",
                            excerpt(record[*column.input]), column.step->refusal()),
                reader.locate(record, reader.columns()[*column.input]));
  }

  TransformOptions& options_;
  std::unique_ptr<ByteSink> sink_;
  CompressedSink* compressed_ = nullptr;  // sink_, where it packs
  std::optional<Schema> schema_;
  Reshape reshape_;
  std::optional<WriteOptions> format_;
  std::unique_ptr<RecordWriter> writer_;
  std::optional<Columns> columns_;
  std::vector<OutputColumn> plan_;
  std::optional<CsvRows> csv_rows_;  // where the output is the input's CSV
  std::unique_ptr<ReshapedRows> reshaped_;
  SpreadRows* spread_ = nullptr;  // reshaped_, where it spreads
  bool is_pipe_ = false;          // --spread-schema leads into one
  std::vector<Cell> cells_;
  bool keeps_encoding_ = false;
  std::uint64_t rows_ = 0;
  std::vector<FileReport> files_;
};

}  // namespace

void run_transform(TransformOptions& options) {
  Transform transform(options);
  for (const std::string& file : options.stream.files) transform.read(file);
  transform.finish();
}

}  // namespace sp
