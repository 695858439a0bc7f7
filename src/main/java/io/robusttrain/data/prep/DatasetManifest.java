package io.robusttrain.data.prep;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.data.prep.source.Listing;
import io.robusttrain.data.shard.ShardSums;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Writes {@code dataset.json} and, when images were left out, {@code bad-images.json}. The same
 * source and options give the same bytes: no clock, no host.
 */
final class DatasetManifest {
  private DatasetManifest() {}

  static void write(
      FileSystem files, Path folder, Listing listing, PrepSettings settings, PrepReport report)
      throws IOException {
    ObjectNode root = Json.object();
    root.put("format", "robusttrain-dataset");
    root.put("version", 1);
    listing.classes().forEach(root.putArray("classes")::add);
    ObjectNode splits = root.putObject("splits");
    for (PrepReport.Split split : report.splits()) {
      ObjectNode node = splits.putObject(split.name());
      node.put("samples", split.samples());
      split.samplesPerClass().forEach(node.putArray("samples_per_class")::add);
      node.put("bad_images", split.bad());
      ArrayNode shards = node.putArray("shards");
      for (ShardResult shard : split.shards()) {
        ObjectNode entry = shards.addObject();
        entry.put("file", shard.file());
        entry.put("samples", shard.samples());
        entry.put("bytes", shard.bytes());
        entry.put(ShardSums.SHA256, shard.sums().sha256());
        entry.put(ShardSums.FOOTER_CRC32C, shard.sums().footerCrc32c());
        shard.sums().rowGroupCrc32c().forEach(entry.putArray(ShardSums.ROW_GROUP_CRC32C)::add);
      }
    }
    ObjectNode source = root.putObject("source");
    listing.source().forEach(source::put);
    ObjectNode ignored = source.putObject("ignored_files");
    listing.ignored().forEach(ignored::put);
    ObjectNode options = root.putObject("options");
    options.put("seed", settings.seed());
    options.put("shard_bytes", settings.shardBytes());
    options.put("row_group_bytes", settings.rowGroupBytes());
    options.put("row_group_samples", settings.rowGroupSamples());
    options.put("on_bad_image", settings.badImages().name().toLowerCase(Locale.ROOT));
    options.put("max_pixels", settings.maxPixels());
    write(files, new Path(folder, "dataset.json"), root);
    if (!report.badImages().isEmpty()) {
      writeBadImages(files, folder, report);
    }
  }

  private static void writeBadImages(FileSystem files, Path folder, PrepReport report)
      throws IOException {
    ObjectNode root = Json.object();
    root.put("count", report.badImages().size());
    ArrayNode images = root.putArray("images");
    for (BadImage image : report.badImages()) {
      ObjectNode node = images.addObject();
      node.put("split", image.split());
      node.put("path", image.path());
      node.put("reason", image.reason());
    }
    write(files, new Path(folder, "bad-images.json"), root);
  }

  private static void write(FileSystem files, Path path, ObjectNode root) throws IOException {
    try (OutputStream out = files.create(path, true)) {
      out.write((root.toPrettyString() + "\n").getBytes(UTF_8));
    }
  }
}
