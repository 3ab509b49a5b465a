local path = require("lib.path")

describe("lib.path", function()
  for _, row in ipairs({
    { "/", "/" },
    { "//", "/" },
    { "/..", "/" },
    { "/dev/", "/dev" },
    { "/dev//./pts", "/dev/pts" },
    { "/a/../dev", "/dev" },
    { "/a/../../dev", "/dev" },
  }) do
    it("cleans " .. row[1], function()
      assert.equal(row[2], path.clean(row[1]))
    end)
  end

  it("knows what lies strictly below", function()
    assert.is_true(path.below("/locald/a", "/locald"))
    assert.is_false(path.below("/locald", "/locald"))
    assert.is_false(path.below("/locald2/a", "/locald"))
  end)
end)
