package io.robusttrain.evaluate.result;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.EvaluatedModel;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.UsedNormalization;

/** What a result says of its model and its images. */
public final class SubjectJson {
  private SubjectJson() {}

  /** Network, file, normalisation, and where the weights come from. */
  public static ObjectNode model(Subject subject) {
    EvaluatedModel model = subject.model();
    ObjectNode node = Json.object();
    node.put("name", model.architecture().name());
    node.put("arguments", model.architecture().arguments().toString());
    node.put("file", model.path()).put("sha256", model.sha256());
    node.put("classes", model.architecture().numClasses());
    ObjectNode normalization = node.putObject("normalization");
    UsedNormalization used = model.fitting().normalization();
    normalization.set("mean", Json.node(used.statistics().mean()));
    normalization.set("std", Json.node(used.statistics().std()));
    normalization.put("source", used.source());
    ArrayNode changes = node.putArray("fitting");
    model.fitting().report().changes().forEach(change -> changes.add(change.toString()));
    ObjectNode provenance = node.putObject("provenance");
    model.provenance().forEach(provenance::put);
    return node;
  }

  /** Split, chosen images, and how they become pixels. */
  public static ObjectNode data(Subject subject, CleanOutcome clean) {
    ObjectNode node = Json.object();
    node.put("path", subject.images().path()).put("split", subject.images().split());
    node.put("sha256", subject.images().fingerprint());
    node.put("images", subject.images().sampleCount());
    node.put("samples", subject.samples());
    node.put("samples_sha256", subject.samplesDigest());
    node.put("content_sha256", clean.contentDigest());
    node.put("preprocessing", subject.preprocessingWords());
    return node;
  }
}
